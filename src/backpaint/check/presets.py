"""The proofs of whole presets: the real network, every term, a picture of a few hundred pixels."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..engine import Evaluation
from ..engines import DTypeName, EngineName, build_objective
from ..pixels import to_variable
from ..presets import load_preset, with_changes
from ..problem import Problem
from ..recipe import Recipe
from ..reference.objective import ReferenceObjective
from ..weights import VGGWeights, load_weights
from .kinks import difference_signs, network_piece, smooth_step
from .result import Result
from .tolerances import (
    DIRECTIONAL_DERIVATIVE,
    ENGINE_GRADIENT,
    STEP,
    WHOLE_GRADIENT,
    relative_error,
)

Picture = NDArray[np.float64]
SHAPE = (21, 17)
STYLE_SHAPE = (19, 22)


def preset_problem(name: str) -> Problem:
    """Make a problem of noise for a preset: odd sizes, content and style unlike each other.

    Parameters
    ----------
    name : str
        One of `backpaint.presets.preset_names`.
    """
    recipe = load_preset(name)
    return _problem(recipe)


def difference(name: str) -> Result:
    """Compare <gradient, v> with the central difference of the reported loss along v.

    Notes
    -----
    A preset that reproduces a system whose reported loss and gradient disagree is first made
    consistent: its terms' own normalizations are off, and every term is reported.
    """
    recipe = load_preset(name)
    note = "" if recipe.is_consistent else "without what the original's loss leaves out"
    objective = ReferenceObjective(_problem(recipe if recipe.is_consistent else consistent(recipe)))
    x = _start(objective.problem)
    gradient = objective.evaluate(x).gradient
    one_level = np.ptp(to_variable(np.array([[0.0] * 3, [1.0] * 3]), recipe.variable))
    v = np.copysign(np.random.default_rng(5).uniform(0, one_level, x.shape), gradient)
    step = smooth_step(_piece(objective), x, v, STEP, STEP / 1000)
    result = Result(f"preset {name}", "difference", 0.0, DIRECTIONAL_DERIVATIVE, 0, note=note)
    if step == 0:
        return result
    ahead, behind = (objective.evaluate(x + s * v).loss for s in (step, -step))
    slope = (ahead - behind) / (2 * step)
    return result.including(relative_error(slope, np.sum(gradient * v)), "one direction")


def single_precision(name: str) -> Result:
    """Compare the reference's loss and gradient in float32 with those in float64."""
    return _against_reference(name, "reference", "float32", "float32", WHOLE_GRADIENT)


def engine(name: str, engine: EngineName, dtype: DTypeName) -> Result:
    """Compare an engine's loss and gradient with the reference's in float64."""
    return _against_reference(name, engine, dtype, f"{engine} {dtype}", ENGINE_GRADIENT)


def consistent(recipe: Recipe) -> Recipe:
    """Change a recipe so that it reports the function whose gradient it gives.

    Parameters
    ----------
    recipe : Recipe
        Any.

    Returns
    -------
    Recipe
        Without normalization by the gradient's length, and with every term reported.
    """
    changes: dict[str, object] = {}
    if recipe.content:
        changes |= {"content.l1_epsilon": None, "content.reported": "objective"}
    if recipe.style:
        changes |= {"style.l1_epsilon": None}
    if recipe.total_variation:
        changes |= {"total_variation.reported": True}
    return with_changes(recipe, changes)


def _against_reference(
    name: str, engine: EngineName, dtype: DTypeName, proof: str, tolerances: dict[str, float]
) -> Result:
    problem = preset_problem(name)
    found = build_objective(problem, engine, dtype).evaluate(_start(problem))
    expected = _reference(name)
    result = Result(f"preset {name}", proof, 0.0, tolerances[dtype], 0)
    result = result.including(relative_error(found.loss, expected.loss), "loss")
    return result.including(relative_error(found.gradient, expected.gradient), "gradient")


@cache
def _reference(name: str) -> Evaluation:
    problem = preset_problem(name)
    return ReferenceObjective(problem).evaluate(_start(problem))


def _problem(recipe: Recipe) -> Problem:
    return Problem(
        recipe=recipe,
        weights=_weights(recipe.weights),
        content=_noise(SHAPE, 0) if recipe.content else None,
        styles=(_noise(STYLE_SHAPE, 1),) if recipe.style else (),
        style_shares=(1.0,) if recipe.style else (),
        shape=SHAPE,
    )


@cache
def _weights(name: str) -> VGGWeights:
    return load_weights(name)


def _noise(shape: tuple[int, int], seed: int) -> Picture:
    return np.random.default_rng(seed).uniform(0, 255, (*shape, 3))


def _start(problem: Problem) -> Picture:
    """Draw a picture that is neither the content nor the style, in units of the variable."""
    return to_variable(_noise(problem.shape, 9), problem.recipe.variable)


def _piece(objective: ReferenceObjective) -> Callable[[Picture], bytes]:
    """Make the function that tells on which smooth piece a picture lies."""
    variation = objective.problem.recipe.total_variation
    absolute = variation is not None and variation.kind == "absolute"

    def piece(x: Picture) -> bytes:
        kinks = network_piece(objective.network, x)
        return kinks + difference_signs(x) if absolute else kinks

    return piece
