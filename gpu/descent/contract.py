"""The interface of optimizers on the device; `backpaint.optimizers.contract` for the device."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Triple = tuple[float, float, float]


class DeviceObjective(Protocol):
    """The objective to minimize, as far as a minimization on the device needs to know it.

    Attributes
    ----------
    point, gradient : (N,) device array
        Where an evaluation reads the picture and writes its gradient.
    """

    point: Any
    gradient: Any

    def at_work(self) -> AbstractContextManager[None]:
        """Make the objective's device and stream the current ones within a ``with`` block."""
        ...

    def evaluate_in_place(self) -> tuple[dict[str, float], float]:
        """Evaluate at `point`: write `gradient`; return terms and the gradient's length."""
        ...

    def scales(self) -> NDArray[np.float64]:
        """Return what evaluations scale numbers by, which is part of their rounding."""
        ...

    def use_scales(self, numbers: NDArray[np.float64]) -> None:
        """Evaluate with scales that `scales` has returned."""
        ...
