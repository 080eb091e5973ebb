"""The choice among several ways to do one thing on the device: the usual way, or the fastest."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from .agreement import agree, written_by
from .device import Array
from .timing import replayed_ms
from .tuning_file import Measured, TuningFile

RUNS = 7
GAIN = 0.97
"""A way must beat the usual one by 3 % to replace it: smaller differences are noise, and the choice
would change from day to day."""

Launch = Callable[[], None]
Time = Callable[[Launch, int], float]


class Choose(Protocol):
    """A function that does a task in one of several ways."""

    def __call__(self, task: str, ways: Mapping[str, Launch], *written: Array) -> None:
        """Do it once.

        Parameters
        ----------
        task : str
            Names everything that its speed depends on; see `task_name`.
        ways : mapping of str to callable
            Launches that write the same, and add to nothing: the usual one first.
        *written : device array
            All that each of them writes, for those who compare.
        """


def usual(task: str, ways: Mapping[str, Launch], *written: Array) -> None:
    """Do a task in the usual way; see `Choose`."""
    next(iter(ways.values()))()


class Clock:
    """Does each task in its fastest way: as a file remembers it, else as the clock tells.

    A task that is not known yet, or that can be done in a way that was never tried, is measured
    when it is first done, on the arrays of that call.  A way that writes something else than the
    usual one is not taken, however fast: see `agreement`.  All tasks that a CUDA graph is to record
    must have been done before.

    Parameters
    ----------
    file : TuningFile
        What is known.
    time : callable
        Measures a launch, so many times; returns milliseconds.
    """

    def __init__(self, file: TuningFile, time: Time = replayed_ms) -> None:
        self._file, self._time = file, time

    def __call__(self, task: str, ways: Mapping[str, Launch], *written: Array) -> None:
        """Do a task; see `Choose`."""
        (first, *others), choice = ways, self.known(task, ways)
        if not others:
            choice = first
        elif choice is None:

            def is_right(label: str) -> bool:
                if not written:
                    return True
                found, expected = (written_by(ways[way], written) for way in (label, first))
                return agree(found, expected)

            milliseconds = {label: self.measure(launch) for label, launch in ways.items()}
            choice = self.decide(task, milliseconds, first, is_right)
        ways[choice]()

    def known(self, task: str, offered: Collection[str]) -> str | None:
        """Return what the file says of a task, if it knows all of the ways that are offered."""
        found = self._file.get(task)
        return found.choice if found is not None and found.knows(offered) else None

    def measure(self, launch: Launch) -> float:
        """Time a launch, in milliseconds."""
        return self._time(launch, RUNS)

    def decide(
        self,
        task: str,
        milliseconds: dict[str, float],
        usual: str,
        is_right: Callable[[str], bool],
        refused: Iterable[str] = (),
    ) -> str:
        """Take the fastest that is right of what was measured, and remember it.

        Parameters
        ----------
        task : str
        milliseconds : dict of str to float
            By the way.
        usual : str
            The way that is right in any case.
        is_right : callable
            Whether another writes the same; asked of those that would be taken.
        refused : iterable of str
            Ways that could not be measured.
        """
        right, refused = dict(milliseconds), list(refused)
        while (choice := fastest(right, usual)) != usual and not is_right(choice):
            refused.append(choice)
            del right[choice]
        self._file.put(task, Measured(choice, right, refused))
        return choice


def fastest(milliseconds: dict[str, float], usual: str) -> str:
    """Name the fastest way; the usual one, unless that is clearly slower.

    Examples
    --------
    >>> fastest({"a": 1.0, "b": 0.99}, "a"), fastest({"a": 1.0, "b": 0.9}, "a")
    ('a', 'b')
    """
    best = min(milliseconds, key=milliseconds.__getitem__)
    return best if milliseconds[best] < GAIN * milliseconds[usual] else usual


def task_name(name: str, *arrays: Array) -> str:
    """Name a task by what is done, and by the types and shapes of what it is done to.

    Examples
    --------
    >>> import numpy as np
    >>> task_name("average_pool", np.zeros((4, 5, 8), np.float32))
    'average_pool float32 4x5x8'
    """
    sizes = (f"{array.dtype} {'x'.join(map(str, array.shape))}" for array in arrays)
    return " ".join((name, *sizes))
