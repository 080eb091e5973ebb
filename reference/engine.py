"""The reference as an engine that can be chosen."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..engine.engine import DTypeName, Engine, dtype_name
from ..engine.free_memory import Size
from ..engine.optimizer_memory import host_optimizer_bytes
from ..problem.problem import Problem
from .memory import estimate_bytes
from .objective import ReferenceObjective


@dataclass(frozen=True)
class Reference(Engine):
    """The engine `reference`: plain NumPy, to be read and to check others against.

    Parameters
    ----------
    dtype : {"float32", "float64"}
        The precision of the network; NumPy's types of these names are taken, too.

    Raises
    ------
    UsageError
        If there is no such precision.

    Examples
    --------
    >>> Reference(dtype="float64").describe()
    'float64'
    """

    name: ClassVar[str] = "reference"
    dtype: DTypeName = "float32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", dtype_name(self.dtype))

    @classmethod
    def for_check(cls, dtype: DTypeName) -> Self:
        """Choose the options with which `backpaint check` judges a precision."""
        return cls(dtype=dtype)

    def require_usable(self) -> None:
        """Do nothing: the reference runs wherever NumPy does."""

    def estimate_bytes(self, problem: Problem, shape: Size | None = None) -> int:
        """Estimate the memory of an objective and its optimizer; see `Engine.estimate_bytes`."""
        shape = problem.shape if shape is None else shape
        optimizer = host_optimizer_bytes(problem.recipe.optimizer, shape)
        return estimate_bytes(problem, self.dtype, shape) + optimizer

    def new_objective(self, problem: Problem) -> ReferenceObjective:
        """Build the objective of a problem."""
        return ReferenceObjective(problem, self.dtype)
