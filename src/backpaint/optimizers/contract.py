"""The interface of every optimizer; read this before any of them.

An optimizer sees a picture as one long vector and knows nothing of networks or styles: it calls
an objective, gets a loss and a gradient, and moves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
"""The picture in units of the variable, flat: shape (N,), float64."""


State: TypeAlias = dict[str, NDArray[Any]]
"""All that a minimization is to continue from: arrays of numbers by name, some with no axis."""

NOT_ENDED = "it has not ended"
"""The reason of an outcome before the end."""


class LossAndGradient(Protocol):
    """The function to minimize, together with its gradient."""

    def __call__(self, x: Vector, /) -> tuple[float, Vector]:
        """Evaluate loss and gradient at `x`.

        Parameters
        ----------
        x : (N,) ndarray of float64
            The point; not to be written to, and to be copied by who keeps it: it moves.

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
    """The end of a minimization, and its reason.

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


class Minimizer(Protocol):
    """A minimization in steps, which can be kept at any step and continued to the same bits.

    Notes
    -----
    `start` or `restore` comes first, then `step` until it returns False.  The end is looked for at
    the beginning of a step: so a state that was taken after the last iteration ends at once, and
    goes on if it is restored where more iterations are asked for.

    An exception from the objective or a callback, ``KeyboardInterrupt`` included, passes through
    `step` and leaves a state that is as good as any other.  After it, `step` evaluates again what
    was not evaluated, here or where the state is restored.
    """

    def start(self, x0: Vector) -> None:
        """Begin at a point.

        Parameters
        ----------
        x0 : (N,) ndarray of float64
            Not written to.

        Raises
        ------
        ValueError
            If `x0` is not one-dimensional.
        """
        ...

    def step(self) -> bool:
        """Go on until the next iteration is accepted.

        Returns
        -------
        bool
            False: no iteration was accepted, the minimization has ended.
        """
        ...

    def outcome(self) -> Outcome:
        """Return the last accepted point with its loss and counts, and why it ended."""
        ...

    def state(self) -> State:
        """Return everything that `restore` needs.

        Returns
        -------
        State
            The minimizer's own arrays where they are on the host, since copies would double its
            memory: write them out or copy them before the next step, and change nothing.

        Raises
        ------
        UsageError
            If this SciPy hides the state of L-BFGS-B.
        """
        ...

    def restore(self, state: State) -> None:
        """Continue from a state, in place of `start`.

        Parameters
        ----------
        state : State
            From a minimizer with the same options, but perhaps fewer or more iterations, and an
            objective that gives the same bits.  It is copied.

        Raises
        ------
        UsageError
            If names, shapes, dtypes or numbers do not fit; the minimizer is then as it was.
        """
        ...


def flat_start(x0: Vector) -> Vector:
    """Copy a starting point to float64.

    Parameters
    ----------
    x0 : (N,) ndarray

    Returns
    -------
    (N,) ndarray of float64

    Raises
    ------
    ValueError
        If `x0` is not one-dimensional.
    """
    start = np.array(x0, dtype=np.float64)
    if start.ndim != 1:
        raise ValueError(f"expected a flat starting point of shape (N,), got {start.shape}")
    return start


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
