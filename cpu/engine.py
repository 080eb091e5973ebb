"""The fast NumPy engine, as an engine that can be chosen."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ..engine.engine import DTypeName, Engine, host_optimizer_bytes
from ..engine.free_memory import Size
from ..errors import UsageError, whole_number
from ..problem.problem import Problem
from .memory import estimate_bytes
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

    Raises
    ------
    UsageError
        If `threads` is no whole number of at least 1, or `exact` no truth value.

    Examples
    --------
    >>> CPU(threads=4, exact=True).settings()["engine_options"]
    {'threads': 4, 'exact': True}
    """

    name: ClassVar[str] = "cpu"
    threads: int | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        if self.threads is not None:
            object.__setattr__(self, "threads", whole_number("threads", self.threads, least=1))
        if not isinstance(self.exact, bool | np.bool_):
            raise UsageError(f"exact is {self.exact!r}; expected True or False")
        object.__setattr__(self, "exact", bool(self.exact))

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

    def estimate_bytes(self, problem: Problem, shape: Size | None = None) -> int:
        """Estimate the memory of an objective and its optimizer; see `Engine.estimate_bytes`."""
        shape = problem.shape if shape is None else shape
        computing = estimate_bytes(problem, threads=self.threads, exact=self.exact, shape=shape)
        return computing + host_optimizer_bytes(problem.recipe.optimizer, shape)

    def new_objective(self, problem: Problem) -> CPUObjective:
        """Build the objective of a problem."""
        return CPUObjective(problem, threads=self.threads, exact=self.exact)
