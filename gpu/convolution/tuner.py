"""Choose how each convolution is computed by the clock, once for each device and size."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from typing import Any, Literal

import numpy as np

from ..device.device import Array, xp
from ..device.timing import event_ms
from .convolution import Convolve, ConvTask, Way, WayRefused, own_ways, ruled_way, task_of
from .cudnn import cudnn_ways, open_cudnn
from .filters import Filters
from .launch import launch_conv
from .tuning_file import Measured, TuningFile, tuning_file

Tuning = Literal["off", "own", "cudnn"]
"""How kernels are chosen: by a fixed rule, by timing our own, or by timing ours and cuDNN's."""

RUNS = 7
GAIN = 0.97
"""A kernel must beat the rule's by 3 % to replace it: smaller differences are noise, and the choice
would change from day to day."""

Ways = Callable[[ConvTask, Filters], Iterable[Way]]
Time = Callable[[Callable[[], None], int], float]


class Tuner:
    """Computes convolutions as `launch_conv`, each in the fastest way.

    A task that is not known yet is measured when it is first called, on the arrays of that call.
    All calls that a CUDA graph is to record must have been made before.

    Parameters
    ----------
    file : TuningFile
        What is known.
    ways : callable
        Lists the ways to compute a task.
    time : callable
        Measures a launch, so many times; returns milliseconds.
    """

    def __init__(self, file: TuningFile, ways: Ways, time: Time = event_ms) -> None:
        self._file, self._ways, self._time = file, ways, time
        self._chosen: dict[tuple[Filters, ConvTask], Way] = {}
        self._workspace = xp().empty(0, np.uint8)

    def __call__(self, x: Array, filters: Filters, out: Array, **steps: Any) -> None:
        """Convolve; see `launch_conv`."""
        key = filters, task_of(x, filters, steps)
        if key not in self._chosen:
            way = self._choose(x, filters, out, steps)
            if way.workspace_bytes > self._workspace.size:
                self._workspace = xp().empty(way.workspace_bytes, np.uint8)
            self._chosen[key] = way
        self._chosen[key](x, filters, out, workspace=self._workspace, **steps)

    def _choose(self, x: Array, filters: Filters, out: Array, steps: dict[str, Any]) -> Way:
        """Take the fastest way: as the file remembers it, else as the clock tells."""
        task = task_of(x, filters, steps)
        known = self._file.get(str(task))
        if known is not None and (way := self._find(task, filters, known.choice)) is not None:
            return way
        found = {way.label: way for way in self._ways(task, filters)}
        milliseconds = self._measure(found, x, filters, out, steps)
        choice = fastest(milliseconds, ruled_way(task).label)
        self._file.put(str(task), Measured(choice, milliseconds))
        return found[choice]

    def _find(self, task: ConvTask, filters: Filters, label: str) -> Way | None:
        """Look for a way by its name, if it is still there and can be taken."""
        for way in self._ways(task, filters):
            if way.label == label:
                with suppress(WayRefused):
                    return way if way.workspace_bytes >= 0 else None
        return None

    def _measure(
        self, ways: dict[str, Way], x: Array, filters: Filters, out: Array, steps: dict[str, Any]
    ) -> dict[str, float]:
        """Time every way, and leave in `out` what is added to."""
        before = None if steps.get("add") is None else out.copy()
        milliseconds = {}
        for label, way in ways.items():
            try:
                workspace = xp().empty(way.workspace_bytes, np.uint8)
            except WayRefused:
                continue

            def launch(way: Way = way, workspace: Array = workspace) -> None:
                way(x, filters, out, workspace=workspace, **steps)

            milliseconds[label] = self._time(launch, RUNS)
        if before is not None:
            out[...] = before
        return milliseconds


def fastest(milliseconds: dict[str, float], usual: str) -> str:
    """Name the fastest way; the usual one, unless that is clearly slower.

    Examples
    --------
    >>> fastest({"a": 1.0, "b": 0.99}, "a"), fastest({"a": 1.0, "b": 0.9}, "a")
    ('a', 'b')
    """
    best = min(milliseconds, key=milliseconds.__getitem__)
    return best if milliseconds[best] < GAIN * milliseconds[usual] else usual


def convolver(tuning: Tuning) -> Convolve:
    """Return what computes the convolutions of a network on the current device.

    Parameters
    ----------
    tuning : {"off", "own", "cudnn"}

    Raises
    ------
    UsageError
        If there is no cuDNN.
    """
    if tuning == "off":
        return launch_conv
    if tuning == "own":
        return Tuner(tuning_file(tuning, {}), own_ways)
    return Tuner(tuning_file(tuning, open_cudnn()), _all_ways)


def tuned_choices(tuning: Tuning) -> dict[str, str]:
    """List what was chosen on the current device, for each task that was ever timed on it.

    Raises
    ------
    UsageError
        If there is no cuDNN, and it is asked for.
    """
    if tuning == "off":
        return {}
    return tuning_file(tuning, {} if tuning == "own" else open_cudnn()).choices()


def _all_ways(task: ConvTask, filters: Filters) -> Iterable[Way]:
    """List our kernels, then cuDNN's plans."""
    return chain(own_ways(task, filters), cudnn_ways(task, filters))
