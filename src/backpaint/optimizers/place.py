"""The base of methods whose progress is a value: descent, Adam, L-BFGS without a line search."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

import numpy as np

from ..errors import UsageError
from .contract import NOT_ENDED, Callback, LossAndGradient, Outcome, State, Vector, flat_start
from .state import checked, numbers, size_of


@dataclass(frozen=True, kw_only=True)
class Place:
    """The progress of a minimization; each method adds what it remembers.

    Attributes
    ----------
    x : (N,) ndarray of float64
        The last accepted point.
    loss : float
        The last that was evaluated.
    iterations, evaluations : int
    average : (N,) ndarray of float64, optional
        The running average of the start and all accepted points, where it is wanted.
    average_begun : int, optional
        Iterations that were done when the average began.
    """

    x: Vector
    loss: float = np.nan
    iterations: int = 0
    evaluations: int = 0
    average: Vector | None = None
    average_begun: int | None = None

    def arrays(self) -> State:
        """Write it as a state: vectors as they are, numbers without an axis."""
        state: State = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                state[field.name] = value
            elif isinstance(value, int | float):
                state |= numbers(**{field.name: value})
        return state

    @classmethod
    def values(cls, arrays: State) -> dict[str, Any]:
        """Read the arguments of a place from a state that has been checked."""
        return {name: array if array.ndim else array.item() for name, array in arrays.items()}


P = TypeVar("P", bound=Place)


class PlaceMinimizer(ABC, Generic[P]):
    """A minimizer that exchanges one frozen place for the next; see `contract.Minimizer`.

    An exception at any moment, Ctrl-C included, finds the place of before or of after.

    Parameters
    ----------
    objective : LossAndGradient
    black, white : ndarray
        The variable's values for pixel values 0 and 255; they broadcast to (N,).
    callback : Callback, optional
        Called after each accepted iteration.
    average : float, optional
        How slowly an average of the points forgets.  With it, that average is the outcome, and what
        the callback gets.

    See Also
    --------
    share_of_newest : The formula of the average.
    """

    _place: P

    def __init__(
        self,
        objective: LossAndGradient,
        *,
        black: Vector,
        white: Vector,
        callback: Callback | None = None,
        average: float | None = None,
    ) -> None:
        self._objective, self._callback, self._average = objective, callback, average
        self._black, self._white = np.asarray(black), np.asarray(white)

    def start(self, x0: Vector) -> None:
        """Begin at a point; see `Minimizer.start`."""
        self._place = self._averaging(self._first(flat_start(x0)))

    @abstractmethod
    def step(self) -> bool:
        """Go on until the next iteration is accepted; see `Minimizer.step`."""

    def outcome(self) -> Outcome:
        """Return where it stands; see `Minimizer.outcome`."""
        place = self._place
        reason = self._reason() or NOT_ENDED
        x = place.x if place.average is None else place.average
        return Outcome(x, place.loss, place.iterations, place.evaluations, reason)

    def state(self) -> State:
        """Return the place as arrays; see `Minimizer.state`."""
        return self._place.arrays()

    def restore(self, state: State) -> None:
        """Continue from a state; see `Minimizer.restore`."""
        like = self._averaging(self._first(np.zeros(size_of(state, self._black, self._white))))
        self._place = self._restored(state, like)

    @abstractmethod
    def _first(self, x0: Vector) -> P:
        """Make the place of a start."""

    @abstractmethod
    def _reason(self) -> str | None:
        """Explain why no further iteration follows, if none does."""

    def _restored(self, state: State, like: P) -> P:
        """Read a place from a state."""
        place = type(like)(**like.values(checked(state, like.arrays())))
        if (place.average_begun or 0) > place.iterations:
            raise UsageError(
                f"the state's average_begun is {place.average_begun}; expected "
                f"{place.iterations} at most; take an earlier state"
            )
        return place

    def _averaging(self, place: P) -> P:
        """Let the average begin where the place is, if there is to be one."""
        return place if self._average is None else replace(place, average=place.x, average_begun=0)

    def _accept(self, place: P) -> None:
        """Take an iteration's place, and tell it."""
        told = place.x
        if self._average is not None and place.average is not None:
            share = share_of_newest(self._average, place.iterations - (place.average_begun or 0))
            told = place.average + share * (place.x - place.average)
            place = replace(place, average=told)
        self._place = place
        if self._callback is not None:
            self._callback(place.iterations, told)


def share_of_newest(decay: float, iteration: int) -> float:
    """Compute what part of a running average the newest point makes.

    Parameters
    ----------
    decay : float
        d, at least 0 and below 1.
    iteration : int
        k, of the newest point x_k; the start is x_0.

    Returns
    -------
    float

    Notes
    -----
    1. An exponential average that begins with zero, v_k = d v_(k-1) + (1 - d) x_k, has a total
       weight of 1 - d^(k+1): its share of that zero is what is missing.
    2. Divided by that, as the means of Adam are, it is the average
       a_k = sum_j (1 - d) d^(k-j) x_j / (1 - d^(k+1)) of x_0 to x_k.
    3. Put v_k = (1 - d^(k+1)) a_k into step 1: ``a_k = a_(k-1) + s_k (x_k - a_(k-1))`` with
       ``s_k = (1 - d) / (1 - d^(k+1))``.

    So a_0 is x_0, s_1 is nearly 1/2, and s_k soon 1 - d.

    References
    ----------
    .. [1] K. Crowson, style-transfer-pytorch, whose painting is this average with d = 0.99.

    Examples
    --------
    >>> share_of_newest(0.5, 0), share_of_newest(0.5, 1)
    (1.0, 0.6666666666666666)
    """
    return (1 - decay) / (1 - decay ** (iteration + 1))
