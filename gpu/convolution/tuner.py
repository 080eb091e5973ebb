"""Choose by the clock how a network is computed, once for each device and size."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from typing import Any, Literal

import numpy as np

from ..device.choice import Choose, Clock, Time, usual
from ..device.device import Array, xp
from ..device.timing import replayed_ms
from ..device.tuning_file import TuningFile, tuning_file
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
        known = self._clock.known(str(task))
        if known is not None and (way := self._find(task, filters, known)) is not None:
            return way
        found = {way.label: way for way in self._ways(task, filters)}
        milliseconds = self._measure(found, x, filters, out, steps)
        return found[self._clock.decide(str(task), milliseconds, ruled_way(task).label)]

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

            milliseconds[label] = self._clock.measure(launch)
        if before is not None:
            out[...] = before
        return milliseconds


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
