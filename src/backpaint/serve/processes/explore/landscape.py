"""The loss around a picture: a surface, and the slope along two directions, found in two ways."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....engine.objective import Objective
from ....images import Photograph
from ....painting.session import start_from
from ....reference.engine import Reference
from ....views.colors import HEAT, colored
from ....views.landscape import (
    Direction,
    cropped,
    difference,
    directions,
    surface,
    window_around,
)
from .parts import as_order, encoded, opened, pixels_of

SIDE = 48
"""Pixels of the part of the picture; in float64, by the reference."""
POINTS = 9
"""Of the surface, along each direction; odd, so that the picture itself is one."""
DIFFERENCES = (1.0, 0.1, 0.01, 0.0001)
"""Steps of the finite differences, in levels."""

Tell = Callable[[float, str], None]


def landscape(
    tell: Tell, order: dict[str, Any], picture: str, x: int, y: int, reach: float
) -> dict[str, Any]:
    """Compute the total loss around a picture, along its gradient and a random direction.

    Parameters
    ----------
    tell : callable
        Told which part is done, and what is being done.
    order : dict
        An `Order`, as built-in types.
    picture : str
        A file that its run wrote.
    x, y : int
        Column and row of the middle of the part that is looked at.
    reach : float
        How far the surface goes to each side, in levels.
    """
    session = opened(as_order(order))
    whole = session.prepared.problem
    window = window_around(whole.shape, (y, x), SIDE)
    problem = cropped(whole, window)
    at = start_from(Photograph(pixels_of(picture), None, "the picture"), whole)[window]
    tell(0.0, "the targets and the gradient, in float64")
    objective = Reference(dtype="float64").build(problem)
    along = directions(objective, at)
    steps = np.linspace(-reach, reach, POINTS)
    losses = surface(
        objective, at, along, list(steps), lambda part: tell(0.8 * part, "the loss around it")
    )
    tell(0.8, "the slopes")
    others = {"float64": objective, "float32": session.engine.build(problem)}
    rows, columns = window
    return {
        "window": [columns.start, rows.start, columns.stop, rows.stop],
        "loss": float(losses[POINTS // 2, POINTS // 2]),
        "steps": steps.tolist(),
        "losses": losses.tolist(),
        "image": encoded(_shaded(losses)),
        "engine": session.engine.name,
        "is_consistent": problem.recipe.is_consistent,
        "slopes": [_slopes(one, others, at) for one in along],
    }


def _slopes(
    direction: Direction, objectives: dict[str, Objective], x: NDArray[np.float64]
) -> dict[str, Any]:
    """Put the exact slope beside finite differences, in both precisions."""
    return {
        "name": direction.name,
        "exact": direction.slope,
        "differences": [
            {"step": step}
            | {name: difference(one, x, direction, step) for name, one in objectives.items()}
            for step in DIFFERENCES
        ],
    }


def _shaded(losses: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Color losses by their logarithm, dark is least; up is along the first direction."""
    height = np.log(np.maximum(losses[::-1], np.finfo(float).tiny))
    height -= height.min()
    return colored(height, float(height.max()), HEAT)
