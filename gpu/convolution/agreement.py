"""Whether two ways to convolve write the same, up to the rounding of their precision."""

from typing import Any

import numpy as np

from ..device.agreement import Written, error_of, written_by
from ..device.device import Array
from .convolution import Way
from .filters import Filters, Precision

TOLERANCES: dict[Precision, float] = {"exact": 4e-6, "split": 4e-6, "tf32": 2e-3, "fast": 2e-3}
"""How far a sum may be off, as a share of the greatest."""


class Call:
    """A convolution that is done again and again, though it may add to what it writes.

    Parameters
    ----------
    x, filters, out
        As of `launch_conv`.
    steps : dict
        Its other arguments.
    """

    def __init__(self, x: Array, filters: Filters, out: Array, steps: dict[str, Any]) -> None:
        self._x, self.filters, self._out, self._steps = x, filters, out, steps
        add = steps.get("add")
        is_added_to = add is not None and add.data.ptr == out.data.ptr
        self._before = out.copy() if is_added_to else None

    def do(self, way: Way, workspace: Array) -> None:
        """Launch a way; where a sum is added to, it is added to once more."""
        way(self._x, self.filters, self._out, workspace=workspace, **self._steps)

    def restore(self) -> None:
        """Leave in `out` what is added to."""
        if self._before is not None:
            self._out[...] = self._before

    def result(self, way: Way, workspace: Array) -> Written:
        """Return what a way writes, once: sums, and the bits that tell where they are positive."""
        positive = self._steps.get("positive")

        def launch() -> None:
            self.restore()
            self.do(way, workspace)

        arrays = (self._out,) if positive is None else (self._out, positive)
        return written_by(launch, arrays)


def agree(found: Written, expected: Written, precision: Precision) -> bool:
    """Whether sums are those of another way, and the bits those of the sums."""
    if not error_of(found[0], expected[0]) <= TOLERANCES[precision]:
        return False
    y, *bits = found
    positive = np.packbits(y > 0, axis=-1, bitorder="little")
    return all(np.array_equal(each, positive) for each in bits)
