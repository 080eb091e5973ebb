"""An estimate of a run before it begins: pixels, memory, time, and the same as a command.

Only the sizes of the pictures count, so that no picture is read for it.
"""

import math
import time
from functools import cache
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ...cli.shared.repeat import command
from ...engine.engine import Engine
from ...engine.objective import Objective
from ...engines import resolve_engine
from ...images import Photograph, content_size, style_size
from ...painting.diary.progress import expected_in_all, expected_work
from ...painting.painting import describe_settings
from ...painting.per_style import scaled_shares
from ...painting.prepare import Prepared, replace_terms, require_sizes
from ...painting.run import require_consistency
from ...painting.session import Session, open_session
from ...problem.problem import Problem
from ...problem.recipe import Recipe
from ...scales import coarser_recipes
from ...weights import VGGWeights, load_weights
from ...words import memory
from .order import Order
from .run import with_threads

TRIAL_SIDE = 128
"""Pixels of the small picture whose evaluation is timed."""
TRIALS = 3
"""Evaluations of it; the quickest counts."""
FRESH = 60.0
"""Seconds until it is timed again: the machine may have been busy."""

Sized = tuple[int, int]


def estimate(order: dict[str, Any], sizes: list[Sized]) -> dict[str, Any]:
    """Estimate what a run will take.

    Parameters
    ----------
    order : dict
        An `Order`, as built-in types.
    sizes : list of (int, int)
        Width and height of the content and of each style as they are.

    Returns
    -------
    dict
        ``size``, ``memory`` in bytes, ``expected`` evaluations, ``seconds``, ``engine``,
        ``notes``, ``command``; ``too_large``, a sentence, where the memory does not suffice.
    """
    wanted = msgspec.convert(order, Order)
    session = _session(wanted, sizes)
    problem, engine = session.prepared.problem, session.engine
    recipe = problem.recipe
    height, width = problem.shape
    needed = engine.estimate_bytes(problem)
    return {
        "size": (width, height),
        "memory": needed,
        "too_large": _refusal(session, needed),
        "expected": expected_in_all(session.stages),
        "seconds": expected_work(session.stages) * _pace(engine, _small(recipe)),
        "engine": engine.name,
        "how": engine.describe(),
        "notes": [*session.prepared.notes, *recipe.disagreements],
        "command": _command(session, wanted.seed),
    }


def _session(order: Order, sizes: list[Sized]) -> Session:
    """Open a session as `open_session` does, with gray where pictures would be resized."""
    require_consistency(order.recipe)
    content, *styles = (
        Photograph(_gray((height, width)), None, picture.name)
        for picture, (width, height) in zip((order.content, *order.styles), sizes, strict=True)
    )
    recipe = replace_terms(order.recipe, has_content=True, has_style=True)
    looked_at = tuple(styles) if recipe.style is not None else ()
    shares = scaled_shares(order.shares if looked_at else None, len(looked_at))
    problem = _problem(recipe, content, looked_at, shares)
    coarser = tuple(_problem(one, content, looked_at, shares) for one in coarser_recipes(recipe))
    engine = with_threads(resolve_engine(order.engine, recipe, problem), order.threads)
    return Session(Prepared(problem, content, looked_at, ()), engine, coarser=coarser)


def _problem(
    recipe: Recipe,
    content: Photograph,
    styles: tuple[Photograph, ...],
    shares: tuple[float, ...],
) -> Problem:
    """Make a problem of gray pictures in the sizes that those have in it."""
    images = recipe.images
    shape = content_size(images, content.pixels.shape[:2])
    require_sizes(shape, styles, [images] * len(styles))
    return Problem(
        recipe=recipe,
        weights=_weights(recipe.weights),
        content=_gray(shape),
        styles=tuple(_gray(style_size(images, one.pixels.shape[:2], shape)) for one in styles),
        style_shares=shares,
        shape=shape,
    )


def _gray(shape: tuple[int, int]) -> NDArray[np.float64]:
    """Make a gray picture that takes no memory."""
    return np.broadcast_to(np.float64(127), (*shape, 3))


@cache
def _weights(name: str) -> VGGWeights:
    """Keep a network: unpacking it takes longer than the rest."""
    return load_weights(name)


def _refusal(session: Session, needed: int) -> str | None:
    """Return a note if the run does not fit into memory, which grows with the number of pixels."""
    free = session.engine.free_bytes()
    if free is None or needed <= free:
        return None
    height, width = session.prepared.problem.shape
    side = int(0.9 * max(height, width) * math.sqrt(free / needed))
    return (
        f"painting {width} x {height} pixels takes about {memory(needed)} of memory, and "
        f"{memory(free)} are free; about {side} pixels on the longer side would fit"
    )


def _small(recipe: Recipe) -> Recipe:
    """Make a recipe of about the same work for each pixel, small and the same for most changes."""
    images = replace(recipe.images, size=TRIAL_SIDE, side="square", short_at_least=None,
                     upscale=True, style="own", style_scale=1.0)  # fmt: skip
    return replace(recipe, images=images, scales=None)


def _pace(engine: Engine, recipe: Recipe) -> float:
    """Return the seconds that an evaluation takes for each pixel on a quiet machine, about."""
    layers = tuple(
        sorted(name for term in (recipe.content, recipe.style) if term for name in term.layers)
    )
    key = (engine, recipe.weights, recipe.network, layers)
    pace, again = _MEASURED.get(key, (math.inf, -math.inf))
    if time.monotonic() >= again:
        pace = min(pace, _measure(engine, recipe))
        _MEASURED[key] = pace, time.monotonic() + FRESH
    return pace


_MEASURED: dict[Any, tuple[float, float]] = {}
"""Seconds a pixel, the least so far, and when to measure again."""


def _measure(engine: Engine, recipe: Recipe) -> float:
    """Time a few evaluations of a small picture, and return the quickest's seconds a pixel."""
    gray = Photograph(_gray((TRIAL_SIDE, TRIAL_SIDE)), None, "gray")
    problem: Problem = open_session(
        gray, gray, recipe, weights=_weights(recipe.weights), engine=engine
    ).prepared.problem
    objective = engine.build(problem)
    x = objective.initial().reshape(objective.shape)
    objective.evaluate(x)  # the first one makes room and plans
    return min(_seconds(objective, x) for _ in range(TRIALS)) / TRIAL_SIDE**2


def _seconds(objective: Objective, x: NDArray[np.float64]) -> float:
    begin = time.perf_counter()
    objective.evaluate(x)
    return time.perf_counter() - begin


def _command(session: Session, seed: int) -> str:
    settings = describe_settings(
        session.prepared,
        session.engine,
        seed=seed,
        initial=session.prepared.problem.recipe.initial.start,
        optimizer_on=session.optimizer_on,
    )
    return command(settings)
