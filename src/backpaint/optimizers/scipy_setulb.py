"""The calls of SciPy's L-BFGS-B by reverse communication, in the two layouts that they have had.

``scipy.optimize._lbfgsb.setulb`` is what `scipy.optimize.fmin_l_bfgs_b` calls in a loop: it returns
whenever it wants a loss or has accepted an iteration.  All that it knows lies in the arrays it is
given.  It is private: SciPy 1.11 to 1.14 run the Fortran original, 1.15 and later a translation to
C, whose arguments are others.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .contract import State

OFFSETS, FIRST_OFFSET, POINT_OFFSET = slice(16), 3, 13
"""Where ``isave`` tells what lies where in ``wa``, whose first number is 0 or 1; among the rest the
point where a line search began."""
HEAD, COLUMNS, TAIL, FREE, LEAVING, ENTERING = 26, 27, 28, 37, 39, 40
"""Other numbers in ``isave`` that `setulb` takes for indices."""
EVALUATIONS = 33
"""Where ``isave`` counts evaluations: 0 until the first has been made."""


class Request(Enum):
    """A reason for which `setulb` is called, or has returned."""

    START = "nothing has been done"
    LOSS = "loss and gradient at x are wanted"
    NEW_X = "an iteration is accepted"
    END = "it has ended"


class Layout(ABC):
    """The arguments of `setulb`.

    Parameters
    ----------
    module : module
        ``scipy.optimize._lbfgsb``.
    integers : dtype
        Of all arrays of integers.
    """

    def __init__(self, module: Any, integers: DTypeLike) -> None:
        self.module = module
        self.integers: np.dtype[Any] = np.dtype(integers)

    def arrays(self, size: int, corrections: int) -> State:
        """Make the arrays of a start: what is kept in them is SciPy's own business.

        Parameters
        ----------
        size : int
            N.
        corrections : int
            m.
        """
        n, m = size, corrections
        return {
            "wa": np.zeros(2 * m * n + 5 * n + 11 * m * m + 8 * m),
            "iwa": np.zeros(3 * n, self.integers),
            "lsave": np.zeros(4, self.integers),
            "isave": np.zeros(44, self.integers),
            "dsave": np.zeros(29),
        }

    @abstractmethod
    def call(self, problem: tuple[Any, ...], arrays: State, line_search_steps: int) -> None:
        """Call `setulb`; `problem` are its arguments from ``m`` to ``pgtol``."""

    @abstractmethod
    def request(self, arrays: State) -> Request:
        """Return what it has returned for."""

    @abstractmethod
    def message(self, arrays: State) -> str:
        """Return the words with which it has ended."""


class FortranLayout(Layout):
    """The arguments in SciPy 1.11 to 1.14: texts of 60 characters tell the task."""

    def arrays(self, size: int, corrections: int) -> State:
        """Make the arrays of a start."""
        texts = {name: np.zeros(60, np.uint8) for name in ("task", "csave")}
        texts["task"].view("S60")[:] = b"START"
        return super().arrays(size, corrections) | texts

    def call(self, problem: tuple[Any, ...], arrays: State, line_search_steps: int) -> None:
        """Call `setulb`, and let it print nothing."""
        silent = -1
        task, csave = (arrays[name].view("S60") for name in ("task", "csave"))
        saved = (arrays[name] for name in ("lsave", "isave", "dsave"))
        work = (arrays["wa"], arrays["iwa"], task, silent, csave)
        self.module.setulb(*problem, *work, *saved, line_search_steps)

    def request(self, arrays: State) -> Request:
        """Return what it has returned for."""
        task = arrays["task"].tobytes()
        known = {b"START": Request.START, b"FG": Request.LOSS, b"NEW_X": Request.NEW_X}
        return next((known[word] for word in known if task.startswith(word)), Request.END)

    def message(self, arrays: State) -> str:
        """Return the words with which it has ended."""
        return arrays["task"].tobytes().strip(b"\0 ").decode(errors="replace")


class CLayout(Layout):
    """The arguments since SciPy 1.15: pairs of integers tell the task, and the line search's.

    Parameters
    ----------
    module, integers
        As in `Layout`.
    kinds, details : dict of int to str
        Words for the two integers.
    """

    def __init__(
        self, module: Any, integers: DTypeLike, kinds: dict[int, str], details: dict[int, str]
    ) -> None:
        super().__init__(module, integers)
        self._kinds, self._details = kinds, details

    def arrays(self, size: int, corrections: int) -> State:
        """Make the arrays of a start."""
        tasks = {name: np.zeros(2, self.integers) for name in ("task", "ln_task")}
        return super().arrays(size, corrections) | tasks

    def call(self, problem: tuple[Any, ...], arrays: State, line_search_steps: int) -> None:
        """Call `setulb`."""
        own = (arrays[name] for name in ("wa", "iwa", "task", "lsave", "isave", "dsave"))
        self.module.setulb(*problem, *own, line_search_steps, arrays["ln_task"])

    def request(self, arrays: State) -> Request:
        """Return what it has returned for."""
        known = {0: Request.START, 1: Request.NEW_X, 3: Request.LOSS}
        return known.get(int(arrays["task"][0]), Request.END)

    def message(self, arrays: State) -> str:
        """Return the words with which it has ended."""
        kind, detail = (int(number) for number in arrays["task"])
        words = self._kinds.get(kind, f"task {kind}"), self._details.get(detail, f"task {detail}")
        return ": ".join(words)


def possible_layouts() -> Iterator[Layout]:
    """Yield the layouts that this SciPy may have; `setulb` itself refuses wrong integers."""
    from scipy.optimize import _lbfgsb, _lbfgsb_py

    if hasattr(_lbfgsb, "types"):
        yield FortranLayout(_lbfgsb, _lbfgsb.types.intvar.dtype)
        return
    for integers in (np.int32, np.int64):
        words = _lbfgsb_py.status_messages, _lbfgsb_py.task_messages
        yield CLayout(_lbfgsb, integers, *words)


def line_search_start(arrays: State, size: int) -> NDArray[np.float64] | None:
    """Return where the line search began that wants a loss; None if none has begun."""
    isave = arrays["isave"]
    if not isave[EVALUATIONS]:
        return None
    begin = isave[POINT_OFFSET] - isave[FIRST_OFFSET]
    return arrays["wa"][begin : begin + size]


def are_indices_possible(arrays: State, started: State, size: int, corrections: int) -> bool:
    """Whether all indices lie within the arrays: `setulb` believes what it is given.

    Parameters
    ----------
    arrays : State
        Of an unknown source, with the right shapes.
    started : State
        After the first call with the same sizes, whose first index counts from 0 or 1.
    size, corrections : int
        N and m.
    """
    first = int(started["isave"][HEAD])
    most = {COLUMNS: corrections, TAIL: corrections, FREE: size, ENTERING: size, LEAVING: size + 1}
    isave, iwa = arrays["isave"], arrays["iwa"]
    return bool(
        np.array_equal(isave[OFFSETS], started["isave"][OFFSETS])
        and first <= isave[HEAD] < first + corrections
        and all(0 <= isave[place] <= limit for place, limit in most.items())
        and iwa.min() >= -3  # -3 to 3 are kinds of bounds
        and iwa.max() < max(size + first, 4)
    )
