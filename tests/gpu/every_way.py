"""Every way to do one thing on the device, side by side."""

from collections.abc import Mapping

import numpy as np

from backpaint.gpu.device import device
from backpaint.gpu.device.choice import Launch

Results = dict[str, list[np.ndarray]]
"""What each way has written, by its name, the usual one's first."""


class EveryWay:
    """Does each task in every way, into memory full of NaN; the last way's results stay.

    Attributes
    ----------
    found : dict of str to Results
        By the task.
    """

    def __init__(self) -> None:
        self.found: dict[str, Results] = {}

    def __call__(self, task: str, ways: Mapping[str, Launch], *written: device.Array) -> None:
        self.found[task] = {}
        for label, launch in ways.items():
            for array in written:
                array.view(np.uint8).fill(0xFF)
            launch()
            self.found[task][label] = [device.to_host(array).copy() for array in written]

    @property
    def only(self) -> Results:
        """Return what the ways of the only task have written."""
        ((_, results),) = self.found.items()
        return results


def same_bits(results: Results) -> bool:
    """Tell whether there are several ways, and all of them write the same; one NaN is any NaN."""
    bits = {b"".join(_bits(array) for array in arrays) for arrays in results.values()}
    return len(results) > 1 and len(bits) == 1


def _bits(array: np.ndarray) -> bytes:
    if array.dtype == np.uint8:
        return array.tobytes()
    return np.where(np.isnan(array), array.dtype.type(np.nan), array).tobytes()
