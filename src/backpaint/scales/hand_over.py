"""The handing over from one size to the next: the variable, unclipped, and Adam's means."""

from math import prod

import numpy as np
from numpy.typing import NDArray

from ..images import resize
from ..images.resize import Interpolation
from ..optimizers.contract import State, Vector

Shape = tuple[int, int, int]
SQUARES = "mean_square"
"""The array of Adam's by whose roots steps are divided: a filter that overshoots would leave it
near zero beside large values, and the next step there would be huge."""


def enlarged(x: NDArray[np.floating], shape: Shape, other: Shape, by: Interpolation) -> Vector:
    """Resize a flat picture in units of the variable.

    Parameters
    ----------
    x : (H * W * 3,) ndarray
    shape, other : (int, int, int)
        Its height, width and 3, and those that it gets.
    by : str
        A filter of `backpaint.images.resize`.

    Returns
    -------
    (height * width * 3,) ndarray of float64
        Not clipped: what lies beyond black and white goes on.
    """
    pixels = np.asarray(x, np.float64).reshape(shape)
    # nothing is averaged on the way up, and without averaging this filter keeps float64
    return resize(pixels, *other[:2], by, antialias=by != "bilinear").ravel()


def enlarged_state(state: State, shape: Shape, other: Shape, by: Interpolation) -> State:
    """Resize an optimizer's state whose arrays are pictures, as those of Adam.

    Parameters
    ----------
    state : State
        Its point is ``x``; numbers stay as they are, the count of steps among them, by which Adam
        corrects its means.
    shape, other, by
        As for `enlarged`.

    Returns
    -------
    State
        Of the types that it had; means of squares are enlarged by ``bilinear``, and so stay
        between those around them.
    """
    made = dict(state)
    if "average" in state:  # the painting is the average: the next size begins there, and averages
        made |= {"x": state["average"], "average_begun": state["iterations"]}
    for name, array in [*made.items()]:
        if array.shape == (prod(shape),):
            way = "bilinear" if name == SQUARES else by
            made[name] = enlarged(array, shape, other, way).astype(array.dtype)
    for name in ("is_still", "is_evaluated"):  # what had ended need not have ended there
        if name in made:
            made[name] = np.zeros_like(made[name])
    return made
