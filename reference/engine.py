"""The reference as an engine that can be chosen."""

from dataclasses import dataclass
from typing import ClassVar, Self, get_args

from ..engine.engine import DTypeName, Engine, host_optimizer_bytes
from ..engine.free_memory import Size
from ..errors import require_choice
from ..problem.problem import Problem
from .memory import estimate_bytes
from .objective import ReferenceObjective


@dataclass(frozen=True)
class Reference(Engine):
    """The engine `reference`: plain NumPy, to be read and to check others against.

    Parameters
    ----------
    dtype : {"float32", "float64"}
        The precision of the network.

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
        require_choice("dtype", self.dtype, get_args(DTypeName))

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
