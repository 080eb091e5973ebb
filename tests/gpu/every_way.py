"""Every way to do one thing on the device, side by side: for tests, and for a visit to a device."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from backpaint.gpu.convolution import agreement
from backpaint.gpu.convolution.agreement import Call
from backpaint.gpu.convolution.convolution import ConvTask, Way, own_ways, ruled_way, task_of
from backpaint.gpu.convolution.filters import Filters
from backpaint.gpu.device import device
from backpaint.gpu.device.agreement import Written, agree, error_of, written_by
from backpaint.gpu.device.choice import Launch

Results = dict[str, Written]
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
        self.found[task] = {label: written_by(ways[label], written) for label in ways}

    @property
    def only(self) -> Results:
        """Return what the ways of the only task have written."""
        ((_, results),) = self.found.items()
        return results


class Compared:
    """Does each task in every way, compares with the usual one, whose results stay, and tells.

    Attributes
    ----------
    ways : int
        How many were compared.
    wrong : list of str
        What was told of those that differ.
    """

    def __init__(self) -> None:
        self.ways = 0
        self.wrong: list[str] = []
        self._tasks: set[str] = set()

    def __call__(self, task: str, ways: Mapping[str, Launch], *written: device.Array) -> None:
        (usual, *others) = ways
        expected = written_by(ways[usual], written)
        results = ((label, written_by(ways[label], written)) for label in others)
        self._judge(task, results, expected, agree)
        ways[usual]()

    def convolver(
        self, ways: Callable[[ConvTask, Filters], Iterable[Way]] = own_ways
    ) -> Callable[..., None]:
        """Return what does likewise with convolutions; see `launch_conv`."""

        def convolve(x: Any, filters: Filters, out: Any, **steps: Any) -> None:
            task, call = task_of(x, filters, steps), Call(x, filters, out, steps)
            usual = ruled_way(task)
            expected = call.result(usual, None)
            others = (way for way in ways(task, filters) if way.label != usual.label)
            results = ((way.label, call.result(way, None)) for way in others)
            self._judge(
                str(task),
                results,
                expected,
                lambda found, expected: agreement.agree(found, expected, task.precision),
            )
            call.restore()
            call.do(usual, None)

        return convolve

    def _judge(
        self,
        task: str,
        results: Iterable[tuple[str, Written]],
        expected: Written,
        is_right: Callable[[Written, Written], bool],
    ) -> None:
        """Tell a line for each way that is wrong, and one for each task that is right."""
        right = []
        for label, found in results:
            self.ways += 1
            if is_right(found, expected):
                right.append(label)
                continue
            errors = (f"{error_of(*pair):.1e}" for pair in zip(found, expected, strict=True))
            self.wrong.append(f"WRONG {label}, {task}: {', '.join(errors)}")
            print(self.wrong[-1], flush=True)
        if right and task not in self._tasks:
            self._tasks.add(task)
            print(f"right {task}: {', '.join(right)}", flush=True)

    def verdict(self) -> bool:
        """Say all that was wrong once more; return whether there was something, and all right."""
        print("\n".join([*self.wrong, f"{self.ways} ways compared, {len(self.wrong)} WRONG"]))
        return self.ways > 0 and not self.wrong


def same_bits(results: Results) -> bool:
    """Tell whether there are several ways, and all of them write the same; one NaN is any NaN."""
    bits = {b"".join(_bits(array) for array in arrays) for arrays in results.values()}
    return len(results) > 1 and len(bits) == 1


def _bits(array: np.ndarray) -> bytes:
    if array.dtype == np.uint8:
        return array.tobytes()
    return np.where(np.isnan(array), array.dtype.type(np.nan), array).tobytes()
