"""What a device optimizer takes and returns; `backpaint.optimizers.contract` for the device."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

Triple = tuple[float, float, float]


class DeviceFunction(Protocol):
    """The function to minimize: it reads a point on the device and writes its gradient there.

    Attributes
    ----------
    point : (N,) device array
        What the optimizer moves; it belongs to the function and stays where it is.
    gradient : (N,) device array
        Likewise: the gradient at the point of the last `evaluate`.
    """

    point: Any
    gradient: Any

    def evaluate(self) -> tuple[float, float]:
        """Evaluate at `point`: write `gradient`; return loss and the gradient's length, finite."""
        ...


OnMove = Callable[[int, bool], None]
"""Called after each accepted move with its number, from 1, and whether `point` is where the last
evaluation was."""


@dataclass(frozen=True)
class Finished:
    """How a minimization ended; the last accepted point is in the function's `point`.

    Attributes
    ----------
    loss : float
        The last that was evaluated, or that of the last accepted point of a line search.
    iterations, evaluations : int
    reason : str
        See `backpaint.optimizers.contract.Outcome`.
    """

    loss: float
    iterations: int
    evaluations: int
    reason: str
