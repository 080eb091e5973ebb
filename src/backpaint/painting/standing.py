"""The standing of a run: all that it is to be continued from, and who keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..optimizers.contract import State

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Record:
    """The record of one evaluation.

    Attributes
    ----------
    evaluation : int
        Its number, from 1.
    iteration : int
        How many iterations the optimizer had finished before it.
    loss : float
    terms : dict of str to float
        Weighted terms; their sum is the loss.
    grad_norm : float
        Euclidean length of the gradient with respect to the variable.
    seconds : float
        Since the start of the run; where it was resumed, without the time between.
    scale : int or None
        Which of several sizes it was made at, from 0; None where there is one size.
    """

    evaluation: int
    iteration: int
    loss: float
    terms: dict[str, float]
    grad_norm: float
    seconds: float
    scale: int | None = None


@dataclass(frozen=True, eq=False)
class Standing:
    """A moment of a run between two evaluations.

    Attributes
    ----------
    state : dict of str to ndarray
        The optimizer's; see `backpaint.optimizers.contract.Minimizer`.
    history : tuple of Record
        One for each evaluation that the state knows of.
    iterations : int
        Finished iterations.
    reason : str
        Why the run ended, in words, or that it has not.
    good : (N,) ndarray of float64 or None
        The last accepted picture whose loss is known, where the state's point is another one.
    scale : int or None
        As of `Record`: the one that it stands in.
    """

    state: State
    history: tuple[Record, ...]
    iterations: int
    reason: str
    good: Vector | None = None
    scale: int | None = None

    @property
    def picture(self) -> Vector:
        """The last picture that is known to be good, flat."""
        return np.asarray(self.state["x"] if self.good is None else self.good, np.float64)


@dataclass(frozen=True)
class Part:
    """A part of a run: one size of several, or all of it.

    Attributes
    ----------
    scale : int or None
        As of `Record`.
    is_last : bool
        Whether nothing follows it.
    history : tuple of Record
        Of the parts before.
    iterations : int
        Finished in the parts before.
    """

    scale: int | None = None
    is_last: bool = True
    history: tuple[Record, ...] = ()
    iterations: int = 0


class Keeper(Protocol):
    """A keeper of a run's standing."""

    def is_due(self, iteration: int) -> bool:
        """Whether to keep it after an iteration."""
        ...

    def keep(self, take: Callable[[], Standing]) -> None:
        """Keep it.

        Parameters
        ----------
        take : callable
            Tells where the run stands, in arrays that change with its next step.

        Raises
        ------
        UsageError
            If it cannot be kept at the start of a run; later that is told, and the run goes on.
        """
        ...
