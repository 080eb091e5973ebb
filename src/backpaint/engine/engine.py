"""An engine with its options, as one value: what a caller chooses, and the run passes on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, ClassVar, Literal, Self, cast, get_args

import numpy as np

from ..errors import require_choice
from ..problem.problem import Problem
from ..problem.recipe import Recipe
from .free_memory import Size, available_bytes, require_memory
from .objective import Objective

DTypeName = Literal["float32", "float64"]


def dtype_name(dtype: object) -> DTypeName:
    """Return the name of a precision, which may be given as NumPy's type.

    Parameters
    ----------
    dtype : {"float32", "float64"}, or NumPy's type or dtype of that name

    Raises
    ------
    UsageError
        If it is another one.

    Examples
    --------
    >>> dtype_name("float32"), dtype_name(np.float64), dtype_name(np.dtype("float32"))
    ('float32', 'float64', 'float32')
    """
    if isinstance(dtype, np.dtype):
        dtype = dtype.name
    elif isinstance(dtype, type) and dtype in (np.float32, np.float64):
        dtype = dtype.__name__
    require_choice("dtype", dtype, get_args(DTypeName))
    return cast(DTypeName, dtype)


@dataclass(frozen=True)
class Engine(ABC):
    """An engine with its options; each engine defines its own in its own room.

    Attributes
    ----------
    name : str
        As on the command line.

    See Also
    --------
    backpaint.engines.resolve_engine : Choose one by name.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def dtype(self) -> DTypeName:
        """The precision of the network; the optimizer on the host works in float64."""

    @classmethod
    @abstractmethod
    def for_check(cls, dtype: DTypeName) -> Self | None:
        """Choose the options with which `backpaint check` judges a precision; None without it."""

    @abstractmethod
    def require_usable(self) -> None:
        """Raise UsageError if this engine cannot run here."""

    @abstractmethod
    def estimate_bytes(self, problem: Problem, shape: Size | None = None) -> int:
        """Estimate the memory of an objective, its evaluation and its optimizer.

        Parameters
        ----------
        problem : Problem
            What will be computed.
        shape : (int, int), optional
            Height and width of the painted picture, if they are not the problem's.

        Returns
        -------
        int
            Bytes of the memory that `free_bytes` counts.
        """

    @abstractmethod
    def new_objective(self, problem: Problem) -> Objective:
        """Build the objective without asking for memory first."""

    def refusal(self, recipe: Recipe, problem: Problem | None = None) -> str | None:
        """Return why it cannot compute a recipe, or a problem of it; None where it can."""
        return None

    def build(self, problem: Problem, *, beside: int = 0) -> Objective:
        """Build the objective of a problem; its targets are computed here, once.

        Parameters
        ----------
        problem : Problem
        beside : int
            Bytes a pixel that are taken beside it on the host, by terms that are added later, say.

        Raises
        ------
        UsageError
            If it does not fit into memory, with the largest size that does.
        """
        require_memory(
            problem.shape,
            lambda shape: self.estimate_bytes(problem, shape) + beside * prod(shape),
            self.free_bytes(),
            ((way, size + beside * prod(problem.shape)) for way, size in self.ways_to_fit(problem)),
        )
        return self.new_objective(problem)

    def settled(self, problem: Problem) -> "Engine":
        """Return this engine with options chosen that depend on a problem and on free memory.

        Raises
        ------
        UsageError
            If an option does not go with the problem.
        """
        return self

    def remarks(self, problem: Problem) -> tuple[str, ...]:
        """List what a person should know of how a problem is computed, a line each."""
        return ()

    def ways_to_fit(self, problem: Problem) -> Iterator[tuple[str, int]]:
        """List options that take less memory: as on the command line, and the bytes then."""
        return iter(())

    def free_bytes(self) -> int | None:
        """Count the bytes that can be taken; None where the system does not say."""
        return available_bytes()

    def describe(self) -> str:
        """Describe how the engine computes, for a person who is about to wait for it."""
        return self.dtype

    def surroundings(self) -> dict[str, str]:
        """Return what the bits of its sums depend on, beside its options and programs' versions."""
        from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

        blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
        threads = {library["num_threads"] for library in blas}
        return {"threads of BLAS": " and ".join(map(str, sorted(threads)))}

    def settings(self) -> dict[str, Any]:
        """Collect what a picture's settings say of the engine."""
        options = asdict(self)
        return {"engine": self.name, "dtype": self.dtype, "engine_options": options}
