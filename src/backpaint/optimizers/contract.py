"""What every optimizer takes and returns; read this before any of them.

An optimizer sees a picture as one long vector and knows nothing of networks or styles: it calls
an objective, gets a loss and a gradient, and moves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
"""The picture in units of the variable, flat: shape (N,), float64."""


class LossAndGradient(Protocol):
    """The function to minimize, together with its gradient."""

    def __call__(self, x: Vector, /) -> tuple[float, Vector]:
        """Evaluate loss and gradient at `x`.

        Parameters
        ----------
        x : (N,) ndarray of float64
            The point; not to be written to.

        Returns
        -------
        loss : float
            Finite: an objective that meets NaN or infinity raises instead of returning it.
        gradient : (N,) ndarray of float64
            A fresh array at each call, since optimizers keep gradients from call to call.
        """
        ...


Callback: TypeAlias = Callable[[int, Vector], None]
"""Called after each accepted iteration with its number, from 1, and the point reached.

The array is the callback's to keep, not to write to.  What a callback or an objective raises ends
the minimization and reaches its caller.
"""


@dataclass(frozen=True)
class Outcome:
    """Where a minimization ended, and why.

    Attributes
    ----------
    x : (N,) ndarray of float64
        The last accepted point.
    loss : float
        The last loss that was evaluated.  With a line search that is the loss at `x`; the methods
        that move after every evaluation end one move further than what they evaluated.
    iterations : int
        How often the point moved.
    evaluations : int
        How often the objective was called.
    reason : str
        One sentence in words on why it stopped, without a period: ``"all 500 iterations are
        done"``.
    """

    x: Vector
    loss: float
    iterations: int
    evaluations: int
    reason: str


def all_done(count: int, unit: str) -> str:
    """Word the usual reason to stop.

    Parameters
    ----------
    count : int
        How many were asked for, and done.
    unit : str
        What they are, in the singular.

    Returns
    -------
    str

    Examples
    --------
    >>> all_done(500, "iteration"), all_done(1, "iteration")
    ('all 500 iterations are done', 'the one iteration is done')
    """
    return f"the one {unit} is done" if count == 1 else f"all {count} {unit}s are done"


def clipping(
    clip: Literal["none", "pixels"], black: Vector, white: Vector
) -> Callable[[Vector], Vector]:
    """Choose what is done to a point after each move.

    Parameters
    ----------
    clip : {"none", "pixels"}
        Nothing, or clamp every value to what a pixel of 0..255 maps to.
    black, white : (N,) ndarray of float64
        The variable's values for pixel values 0 and 255; anything that broadcasts to (N,).

    Returns
    -------
    callable
        Takes a point of shape (N,) and returns the clamped one, or the point itself.

    Examples
    --------
    >>> clipping("pixels", np.array(0.0), np.array(1.0))(np.array([-0.5, 0.5, 1.5]))
    array([0. , 0.5, 1. ])
    """
    if clip == "none":
        return lambda x: x
    return lambda x: np.clip(x, black, white)
