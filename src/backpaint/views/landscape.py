"""The loss around a picture: a surface along two directions, and the slope along each, twice.

The slope is known without moving: <gradient, direction>.  The other way is to move a little to
both sides and to look at the loss; both must agree, as far as rounding and kinks let them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..engine.objective import Objective
from ..problem.problem import Problem

Floats = NDArray[np.float64]
Window = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Direction:
    """A direction in which all pixels move.

    Attributes
    ----------
    name : str
    move : (H, W, 3) ndarray of float64
        In units of the recipe's variable: what changes the picture by one level, as the root of
        the mean square over all pixels and colors.
    slope : float
        The change of the loss for one such level: <gradient, move>.
    """

    name: str
    move: Floats
    slope: float


def window_around(shape: tuple[int, int], at: tuple[int, int], side: int) -> Window:
    """Find the square around a pixel that lies within a picture; all of it, where it is small.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    at : (int, int)
        Row and column.
    side : int

    Examples
    --------
    >>> window_around((100, 40), (5, 30), 48)
    (slice(0, 48, None), slice(0, 40, None))
    """
    spans = []
    for place, length in zip(at, shape, strict=True):
        begin = min(max(place - side // 2, 0), max(length - side, 0))
        spans.append(slice(begin, min(begin + side, length)))
    return spans[0], spans[1]


def cropped(problem: Problem, window: Window) -> Problem:
    """Return the problem of a part of the picture: its content, the same styles.

    The terms are those of the part alone, as if it were the whole picture.
    """
    rows, columns = window
    parts = {
        name: picture[window]
        for name in ("content", "colors")
        if (picture := getattr(problem, name)) is not None
    }
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    return replace(problem, shape=shape, **parts)


def directions(objective: Objective, x: Floats, seed: int = 0) -> tuple[Direction, Direction]:
    """Make the direction of the gradient, and a random one.

    Parameters
    ----------
    objective : Objective
    x : (H, W, 3) ndarray of float64
        The picture, in units of the variable.
    seed : int
        Of the random one.
    """
    level = pixel_levels(objective.problem)
    gradient = objective.evaluate(x).gradient * level  # of the loss with respect to pixels
    noise = np.random.default_rng(seed).standard_normal(x.shape)
    made = []
    for name, along in (("the gradient", gradient), ("a random direction", noise)):
        size = float(np.sqrt(np.mean(along**2))) or 1.0
        made.append(Direction(name, along / size * level, float(np.sum(gradient * along)) / size))
    return made[0], made[1]


def pixel_levels(problem: Problem) -> Floats:
    """Return d variable / d pixel of each color, (3,)."""
    variable = problem.recipe.variable
    return np.asarray(variable.scale / np.array(variable.std), np.float64)


def surface(
    objective: Objective,
    x: Floats,
    along: tuple[Direction, Direction],
    steps: Sequence[float],
    on_part: Callable[[float], None] = lambda part: None,
) -> Floats:
    """Evaluate the loss on a grid around a picture.

    Parameters
    ----------
    objective : Objective
    x : (H, W, 3) ndarray of float64
    along : (Direction, Direction)
    steps : sequence of float
        How far along each, in levels as `Direction.move` counts them.
    on_part : callable, optional
        Told which part is done, after each evaluation.

    Returns
    -------
    (n, n) ndarray of float64
        Rows for the first direction, columns for the second.
    """
    losses = np.empty((len(steps), len(steps)))
    for count, (i, j) in enumerate(np.ndindex(losses.shape), 1):
        moved = x + steps[i] * along[0].move + steps[j] * along[1].move
        losses[i, j] = objective.evaluate(moved).loss
        on_part(count / losses.size)
    return losses


def difference(objective: Objective, x: Floats, direction: Direction, step: float) -> float:
    """Measure the slope along a direction: the central difference of the loss.

    Parameters
    ----------
    objective : Objective
    x : (H, W, 3) ndarray of float64
    direction : Direction
    step : float
        To either side, in levels.
    """
    after, before = (
        objective.evaluate(x + sign * step * direction.move).loss for sign in (1.0, -1.0)
    )
    return float((after - before) / (2 * step))
