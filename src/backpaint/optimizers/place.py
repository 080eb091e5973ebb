"""The base of methods whose progress is a value: descent, Adam, L-BFGS without a line search."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import numpy as np

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
    """

    x: Vector
    loss: float = np.nan
    iterations: int = 0
    evaluations: int = 0

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
    """

    _place: P

    def __init__(
        self,
        objective: LossAndGradient,
        *,
        black: Vector,
        white: Vector,
        callback: Callback | None = None,
    ) -> None:
        self._objective, self._callback = objective, callback
        self._black, self._white = np.asarray(black), np.asarray(white)

    def start(self, x0: Vector) -> None:
        """Begin at a point; see `Minimizer.start`."""
        self._place = self._first(flat_start(x0))

    @abstractmethod
    def step(self) -> bool:
        """Go on until the next iteration is accepted; see `Minimizer.step`."""

    def outcome(self) -> Outcome:
        """Return where it stands; see `Minimizer.outcome`."""
        place = self._place
        reason = self._reason() or NOT_ENDED
        return Outcome(place.x, place.loss, place.iterations, place.evaluations, reason)

    def state(self) -> State:
        """Return the place as arrays; see `Minimizer.state`."""
        return self._place.arrays()

    def restore(self, state: State) -> None:
        """Continue from a state; see `Minimizer.restore`."""
        like = self._first(np.zeros(size_of(state, self._black, self._white)))
        self._place = self._restored(state, like)

    @abstractmethod
    def _first(self, x0: Vector) -> P:
        """Make the place of a start."""

    @abstractmethod
    def _reason(self) -> str | None:
        """Explain why no further iteration follows, if none does."""

    def _restored(self, state: State, like: P) -> P:
        """Read a place from a state."""
        return type(like)(**like.values(checked(state, like.arrays())))

    def _accept(self, place: P) -> None:
        """Take an iteration's place, and tell it."""
        self._place = place
        if self._callback is not None:
            self._callback(place.iterations, place.x)
