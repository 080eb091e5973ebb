"""What a run will take, before it begins: pixels, memory, time, and the command that does the same.

Only the sizes of the pictures count, so that no picture is read for it.
"""

import time
from functools import cache
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from ...cli.shared.repeat import command
from ...engine.engine import Engine
from ...engine.free_memory import require_memory
from ...errors import UsageError
from ...images import Photograph
from ...painting.painting import describe_settings
from ...painting.progress import expected_evaluations
from ...painting.session import Session, open_session
from ...problem.problem import Problem
from ...problem.recipe import Recipe
from ...weights import VGGWeights, load_weights
from ..order import Order
from .run import chosen_engine

TRIAL_SIDE = 160
"""Pixels of the small picture whose evaluation is timed."""

Sized = tuple[int, int]


def estimate(order: dict[str, Any], sizes: list[Sized]) -> dict[str, Any]:
    """Estimate what a run will take.

    Parameters
    ----------
    order : dict
        An `Order`, as built-in types.
    sizes : list of (int, int)
        Width and height of the content and the style as they are.

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
    expected = expected_evaluations(recipe.optimizer)
    height, width = problem.shape
    return {
        "size": (width, height),
        "memory": engine.estimate_bytes(problem),
        "too_large": _refusal(session),
        "expected": expected,
        "seconds": expected * height * width * _pace(engine, _small(recipe)),
        "engine": engine.name,
        "how": engine.describe(),
        "notes": [*session.prepared.notes, *recipe.disagreements],
        "command": _command(session, wanted),
    }


def _session(order: Order, sizes: list[Sized]) -> Session:
    photographs = [
        Photograph(np.broadcast_to(np.float64(127), (height, width, 3)), None, picture.name)
        for picture, (width, height) in zip((order.content, order.style), sizes, strict=True)
    ]
    return open_session(
        *photographs,
        order.recipe,
        weights=_weights(order.recipe.weights),
        engine=chosen_engine(order.engine, order.threads),
    )


@cache
def _weights(name: str) -> VGGWeights:
    """Keep a network: unpacking it takes longer than the rest."""
    return load_weights(name)


def _refusal(session: Session) -> str | None:
    """Say that the run does not fit into memory, if so."""
    problem, engine = session.prepared.problem, session.engine
    try:
        require_memory(
            problem.shape, lambda shape: engine.estimate_bytes(problem, shape), engine.free_bytes()
        )
    except UsageError as error:
        return str(error)
    return None


def _small(recipe: Recipe) -> Recipe:
    """Make a recipe of about the same work for each pixel, small and the same for most changes."""
    images = replace(recipe.images, size=TRIAL_SIDE, side="square", short_at_least=None,
                     upscale=True, style="own", style_scale=1.0)  # fmt: skip
    return replace(recipe, images=images)


def _pace(engine: Engine, recipe: Recipe) -> float:
    """Return the seconds that an evaluation takes for each pixel, about; measured once."""
    layers = tuple(
        sorted(name for term in (recipe.content, recipe.style) if term for name in term.layers)
    )
    key = (engine, recipe.weights, recipe.network, layers)
    if key not in _MEASURED:
        _MEASURED[key] = _measure(engine, recipe)
    return _MEASURED[key]


_MEASURED: dict[Any, float] = {}


def _measure(engine: Engine, recipe: Recipe) -> float:
    gray = Photograph(np.full((TRIAL_SIDE, TRIAL_SIDE, 3), 127.0), None, "gray")
    problem: Problem = open_session(
        gray, gray, recipe, weights=_weights(recipe.weights), engine=engine
    ).prepared.problem
    objective = engine.build(problem)
    x = objective.initial().reshape(objective.shape)
    objective.evaluate(x)  # the first one makes room and plans
    begin = time.perf_counter()
    objective.evaluate(x)
    return (time.perf_counter() - begin) / TRIAL_SIDE**2


def _command(session: Session, order: Order) -> str:
    settings = describe_settings(
        session.prepared,
        session.engine,
        seed=order.seed,
        initial=session.prepared.problem.recipe.initial.start,
        optimizer_on=session.optimizer_on,
    )
    return command(settings | {"color": order.color})
