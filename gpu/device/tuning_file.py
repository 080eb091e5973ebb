"""A file of the tuner's measurements: a cache, which may be lost or broken at any time."""

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import msgspec

from ... import __version__
from ...errors import RunError
from ...whole_file import whole_file
from ..kernels import fingerprint
from .device import xp


class Measured(msgspec.Struct):
    """One task: the label of what was chosen, and of what was tried.

    Attributes
    ----------
    choice : str
    milliseconds : dict of str to float
        Of what was measured, and counts.
    refused : list of str
        What could not be launched, or wrote something else than the usual way.
    """

    choice: str
    milliseconds: dict[str, float]
    refused: list[str] = []

    def knows(self, labels: Collection[str]) -> bool:
        """Whether the choice is among these labels, and each of them was tried."""
        tried = self.milliseconds.keys() | set(self.refused) | {self.choice}
        return self.choice in labels and tried >= set(labels)


class Contents(msgspec.Struct):
    """A whole file: the circumstances, and what was measured, by the names of tasks.

    Those are `choice.task_name`, and the texts of `ConvTask`.
    """

    circumstances: dict[str, str]
    tasks: dict[str, Measured]


class TuningFile:
    """The measurements of one device, by one set of contestants.

    Parameters
    ----------
    path : Path
        Need not exist.
    circumstances : dict of str to str
        A file that was written under others counts for nothing, and is overwritten.
    """

    def __init__(self, path: Path, circumstances: dict[str, str]) -> None:
        self.path, self._circumstances = path, circumstances
        self._tasks = self._read()

    def get(self, key: str) -> Measured | None:
        """Look a task up."""
        return self._tasks.get(key)

    def choices(self) -> dict[str, str]:
        """List what was chosen for each task."""
        return {task: measured.choice for task, measured in self._tasks.items()}

    def put(self, key: str, measured: Measured) -> None:
        """Keep a task's measurements, beside those that other processes have written meanwhile."""
        self._tasks = self._read() | self._tasks | {key: measured}
        with suppress(OSError, RunError):  # a read-only or full disk: the next run measures again
            self._write()

    def _read(self) -> dict[str, Measured]:
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=Contents)
        except (OSError, msgspec.DecodeError):
            return {}
        return found.tasks if found.circumstances == self._circumstances else {}

    def _write(self) -> None:
        """Write all of it at once: another process reads the old file or the new one."""
        text = msgspec.json.format(msgspec.json.encode(Contents(self._circumstances, self._tasks)))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(self.path) as unfinished:
            unfinished.write_bytes(text + b"\n")


def tuning_file(contestants: str, versions: dict[str, str]) -> TuningFile:
    """Find the file of the current device in this user's cache folder.

    Parameters
    ----------
    contestants : str
        Who was measured; each set has a file of its own.
    versions : dict of str to str
        Of the libraries among them.
    """
    from platformdirs import user_cache_path

    circumstances = device_circumstances() | {
        "backpaint": __version__,
        "kernels": fingerprint(),
        **versions,
    }
    device = re.sub(r"[^a-z0-9]+", "-", circumstances["device"].lower())
    folder = user_cache_path("backpaint", appauthor=False) / "tuning"
    return TuningFile(folder / f"{device}-{contestants}.json", circumstances)


def device_circumstances() -> dict[str, str]:
    """Describe the current device and what drives it, as far as they decide how kernels run."""
    runtime = xp().cuda.runtime
    properties = runtime.getDeviceProperties(runtime.getDevice())
    return {
        "device": properties["name"].decode(),
        "capability": f"{properties['major']}.{properties['minor']}",
        "multiprocessors": str(properties["multiProcessorCount"]),
        "driver": str(runtime.driverGetVersion()),
        "runtime": str(runtime.runtimeGetVersion()),
    }
