"""A loss, taken apart: each term at each layer by itself."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from msgspec.structs import replace as replace_fields
from numpy.typing import NDArray

from ..engine.engine import Engine
from ..engine.objective import Evaluation
from ..engine.painted_part import painted_part
from ..problem.problem import Problem
from ..reference.picture_terms import picture_terms

Floats = NDArray[np.float64]


def evaluate_terms(problem: Problem, engine: Engine, x: Floats) -> Iterator[tuple[str, Evaluation]]:
    """Evaluate each term by itself: an objective with this one term.

    Parameters
    ----------
    problem : Problem
    engine : Engine
        Computes them.
    x : (H, W, 3) ndarray of float64
        The picture, in units of the recipe's variable.

    Yields
    ------
    name : str
        As in the terms of an objective: ``"style relu3_1"``.
    evaluation : Evaluation
    """
    for name, alone in single_terms(problem):
        yield name, engine.build(alone).evaluate(x)
    part = painted_part(problem)
    for name, term in picture_terms(problem).items():
        loss, slope = term(x if part is None else part.laid_over(x))
        gradient = slope.astype(np.float64)
        yield name, Evaluation(loss, gradient if part is None else part.along(gradient), {})


def single_terms(problem: Problem) -> Iterator[tuple[str, Problem]]:
    """Split a problem into one for each term at a layer; those of the picture alone have none.

    Parameters
    ----------
    problem : Problem

    Yields
    ------
    name : str
        ``"content relu4_2"``.
    problem : Problem
        With this term alone; the sum of all losses and gradients is that of the whole.
    """
    recipe = replace_fields(problem.recipe, total_variation=None, laplacian=None, range=None)
    if recipe.content is not None:
        without = replace_fields(recipe, style=None)
        regions = problem.regions and replace(problem.regions, painted=(), shown=())
        alone = replace(
            problem,
            recipe=without,
            styles=(),
            style_shares=(),
            style_tables=None,
            regions=regions,
        )
        for layer, weight in problem.content_layers.items():
            yield f"content {layer}", replace(alone, content_table={layer: weight})
    without = replace_fields(recipe, content=None)
    for layer in problem.style_layers:
        tables = tuple(
            {layer: table[layer]} if layer in table else {} for table in problem.layers_of_styles
        )
        regions = problem.regions and replace(problem.regions, keep=None)
        alone = replace(
            problem, recipe=without, content_table=None, style_tables=tables, regions=regions
        )
        yield f"style {layer}", alone
