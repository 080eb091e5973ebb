"""The fast NumPy engine, as an engine that can be chosen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from ..engine.engine import DTypeName, Engine
from ..engine.free_memory import Size
from ..engine.optimizer_memory import (
    file_bytes,
    histories,
    host_optimizer_bytes,
    with_history,
)
from ..errors import UsageError, whole_number
from ..problem.problem import Problem
from ..scratch import require_folder, require_room
from .bands.choice import (
    Bands,
    are_in_files,
    checked_bands,
    possible_bands,
    remark,
    require_bands,
)
from .memory import estimate_bytes, features_on_disk
from .objective import CPUObjective


@dataclass(frozen=True)
class CPU(Engine):
    """The engine `cpu`: fast NumPy in float32.

    Parameters
    ----------
    threads : int, optional
        How many compute; absent: one for each processor.  The result does not depend on it.
    exact : bool
        Direct products instead of Winograd's: slower, and closer to float64.
    bands : int, "auto" or None
        How many blocks of the network run in bands of rows: less memory, and more work;
        ``auto``: as few as fit into memory.  The result depends on it by rounding.
    scratch : path, optional
        A folder for files that take the place of memory, and have no names: the optimizer's history
        where that is our own (l-bfgs, and l-bfgs-b in float32); and what pools put out, with the
        content's features, where all blocks but the last run in bands.  The result does not depend
        on it, nor do settings tell.

    Raises
    ------
    UsageError
        If `threads` is no whole number of at least 1, `exact` no truth value, or `bands` none of
        these.

    Examples
    --------
    >>> CPU(threads=4, exact=True).settings()["engine_options"]
    {'threads': 4, 'exact': True, 'bands': None}
    """

    name: ClassVar[str] = "cpu"
    threads: int | None = None
    exact: bool = False
    bands: Bands = None
    scratch: str | None = None

    def __post_init__(self) -> None:
        if self.threads is not None:
            object.__setattr__(self, "threads", whole_number("threads", self.threads, least=1))
        if not isinstance(self.exact, bool | np.bool_):
            raise UsageError(f"exact is {self.exact!r}; expected True or False")
        object.__setattr__(self, "exact", bool(self.exact))
        object.__setattr__(self, "bands", checked_bands(self.bands))
        object.__setattr__(self, "scratch", require_folder(self.scratch))

    @classmethod
    def for_check(cls, dtype: DTypeName) -> Self | None:
        """Choose the options with which `backpaint check` judges a precision."""
        return cls() if dtype == "float32" else None

    @property
    def dtype(self) -> DTypeName:
        """The precision of the network."""
        return "float32"

    def require_usable(self) -> None:
        """Do nothing: the engine runs wherever NumPy does."""

    def surroundings(self) -> dict[str, str]:
        """Return nothing: BLAS has one thread here, however many threads call it."""
        return {}

    def settled(self, problem: Problem) -> "CPU":
        """Choose how many blocks run in bands, where that is left to us; see `Engine.settled`."""
        if self.bands != "auto":
            require_bands(problem, self.bands or 0)
            return self
        free, choices = self.free_bytes(), possible_bands(problem)
        fitting = (k for k in choices if free is None or self._bytes(problem, bands=k) <= free)
        return replace(self, bands=next(fitting, choices[-1]) or None)

    def remarks(self, problem: Problem) -> tuple[str, ...]:
        """Describe the bands, if there are any; see `Engine.remarks`."""
        return (remark(problem, self.bands),) if isinstance(self.bands, int) else ()

    def estimate_bytes(self, problem: Problem, shape: Size | None = None) -> int:
        """Estimate the memory of an objective and its optimizer; see `Engine.estimate_bytes`.

        With ``auto``, as little as bands can make it.
        """
        bands = possible_bands(problem)[-1] if self.bands == "auto" else self.bands or 0
        return self._bytes(problem, shape, bands=bands)

    def ways_to_fit(self, problem: Problem) -> Iterator[tuple[str, int]]:
        """List bands, without and with a shorter history; see `Engine.ways_to_fit`."""
        for history in histories(problem.recipe.optimizer):
            for bands in possible_bands(problem):
                changed = with_history(problem, history)
                ways = [f"--bands {bands}"] * bool(bands)
                ways += [f"--set optimizer.history={history}"] * (changed is not problem)
                if ways:
                    yield " ".join(ways), self._bytes(changed, bands=bands)

    def new_objective(self, problem: Problem) -> CPUObjective:
        """Build the objective of a problem."""
        bands = self.settled(problem).bands
        assert bands != "auto"
        if self.scratch is not None:
            require_room(self.scratch, self._disk_bytes(problem, bands or 0))
        return CPUObjective(
            problem,
            threads=self.threads,
            exact=self.exact,
            bands=bands or 0,
            scratch=self.scratch,
        )

    def settings(self) -> dict[str, Any]:
        """Collect what a picture's settings say of the engine: no folder of this machine."""
        settings = super().settings()
        del settings["engine_options"]["scratch"]
        return settings

    def _bytes(self, problem: Problem, shape: Size | None = None, *, bands: int) -> int:
        shape = problem.shape if shape is None else shape
        has_files = self.scratch is not None
        computing = estimate_bytes(
            problem,
            threads=self.threads,
            exact=self.exact,
            bands=bands,
            is_on_disk=has_files and are_in_files(problem, bands),
            shape=shape,
        )
        optimizer = problem.recipe.optimizer
        return computing + host_optimizer_bytes(optimizer, shape, is_on_disk=has_files)

    def _disk_bytes(self, problem: Problem, bands: int) -> int:
        """Count what will lie in files."""
        of_optimizer = file_bytes(problem.recipe.optimizer, problem.shape)
        if not are_in_files(problem, bands):
            return of_optimizer
        return of_optimizer + features_on_disk(problem, bands, exact=self.exact)
