"""The few numbers of an evaluation that cross the bus: raw sums, each in its place by its name."""

import numpy as np
from numpy.typing import NDArray

from ..device.device import Array, to_host, xp


class Numbers:
    """Places for sums on the device, and the scratch that sums need.

    Parameters
    ----------
    names : sequence of str
        What will be summed up.
    parts : int
        The most parts of a sum.
    """

    def __init__(self, names: list[str], parts: int) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._values = xp().zeros(len(names), np.float64)
        self.parts = xp().empty(parts, np.float64)

    def __getitem__(self, name: str) -> Array:
        """Return the place of a sum, as a device array of one number."""
        place = self._places[name]
        return self._values[place : place + 1]

    def fetch(self) -> dict[str, float]:
        """Copy all sums to the host."""
        values: NDArray[np.float64] = to_host(self._values)
        return {name: float(values[place]) for name, place in self._places.items()}


def squares_key(name: str, style: int = 0) -> str:
    """Name the sum of squared differences of a term."""
    return f"{name} {style} squares"


def absolutes_key(name: str, style: int = 0) -> str:
    """Name the sum of a gradient's absolute values, of a term that is divided by it."""
    return f"{name} {style} absolutes"
