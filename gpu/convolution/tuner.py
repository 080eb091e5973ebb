"""Choose by the clock how a network is computed, once for each device and size."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, Literal

import numpy as np

from ..device.choice import Choose, Clock, Time, usual
from ..device.device import Array, xp
from ..device.timing import replayed_ms
from ..device.tuning_file import TuningFile, tuning_file
from .agreement import Call, agree
from .convolution import Convolve, ConvTask, Way, WayRefused, own_ways, ruled_way, task_of
from .cudnn import cudnn_ways, open_cudnn
from .filters import Filters
from .launch import launch_conv

Tuning = Literal["off", "own", "cudnn"]
"""How kernels are chosen: by a fixed rule, by timing our own, or by timing ours and cuDNN's."""

Ways = Callable[[ConvTask, Filters], Iterable[Way]]


class Tuner:
    """Computes convolutions as `launch_conv`, each in the fastest way.

    As `Clock` does with other tasks; but ways to convolve need memory, and may be refused.

    Parameters
    ----------
    file : TuningFile
        What is known.
    ways : callable
        Lists the ways to compute a task.
    time : callable
        Measures a launch, so many times; returns milliseconds.
    """

    def __init__(self, file: TuningFile, ways: Ways, time: Time = replayed_ms) -> None:
        self._clock, self._ways = Clock(file, time), ways
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
        ways = {way.label: way for way in self._ways(task, filters)}
        known = self._clock.known(str(task), ways)
        if known is not None and _workspace_of(ways[known]) is not None:
            return ways[known]
        call = Call(x, filters, out, steps)
        try:
            return ways[self._decide(task, ways, call)]
        finally:
            call.restore()

    def _decide(self, task: ConvTask, ways: dict[str, Way], call: Call) -> str:
        """Time every way, and compare what would be taken with the rule's."""
        usual = ruled_way(task)
        milliseconds = {}
        for label, way in ways.items():
            workspace = _workspace_of(way)
            if workspace is not None:
                milliseconds[label] = self._clock.measure(partial(call.do, way, workspace))

        def is_right(label: str) -> bool:
            found = call.result(ways[label], _workspace_of(ways[label]))
            return agree(found, call.result(usual, None), task.precision)

        refused = [label for label in ways if label not in milliseconds]
        return self._clock.decide(str(task), milliseconds, usual.label, is_right, refused)


def _workspace_of(way: Way) -> Array | None:
    """Allocate what a way needs, or return None where it cannot be taken."""
    with suppress(WayRefused):
        return xp().empty(way.workspace_bytes, np.uint8)
    return None


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


def chooser(tuning: Tuning) -> Choose:
    """Return what chooses among the ways to do everything else; likewise."""
    if tuning == "off":
        return usual
    return Clock(tuning_file(tuning, {} if tuning == "own" else open_cudnn()))


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
