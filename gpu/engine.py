"""The CUDA engine, as an engine that can be chosen."""

from dataclasses import dataclass
from typing import ClassVar, Self, get_args

import numpy as np

from ..engine.engine import DTypeName, Engine, dtype_name
from ..engine.free_memory import Size
from ..engine.objective import Objective
from ..errors import require_choice, whole_number
from ..problem.problem import Problem
from ..problem.recipe import Recipe
from .convolution.tuner import Tuning, tuned_choices
from .device.device import require_device, xp
from .device.tuning_file import device_circumstances
from .network.memory import estimate_bytes
from .network.network_filters import Precision
from .objective import GPUObjective
from .terms.refused import refusal


@dataclass(frozen=True)
class GPU(Engine):
    """The engine `gpu`: CUDA kernels through CuPy, one graph an evaluation.

    Parameters
    ----------
    precision : {"exact", "tf32", "fast"}
        How it multiplies in float32: exactly; with 11 significant bits; or with all of the network
        in float16.
    device : int
        Which GPU, from 0.
    tune : {"off", "own", "cudnn"}
        What chooses the kernel of each convolution: a rule; or the clock, once for each GPU and
        size, among our own kernels, or among them and cuDNN's.
    dtype : {"float32", "float64"}
        The precision of the network; float64 is for checks, slow, and always exact.

    Raises
    ------
    UsageError
        If an option has a value that it cannot have.
    """

    name: ClassVar[str] = "gpu"
    precision: Precision = "tf32"
    device: int = 0
    tune: Tuning = "off"
    dtype: DTypeName = "float32"

    def __post_init__(self) -> None:
        require_choice("precision", self.precision, get_args(Precision))
        require_choice("tune", self.tune, get_args(Tuning))
        object.__setattr__(self, "dtype", dtype_name(self.dtype))
        object.__setattr__(self, "device", whole_number("device", self.device, least=0))

    @classmethod
    def for_check(cls, dtype: DTypeName) -> Self:
        """Choose the options with which `backpaint check` judges a precision."""
        return cls(precision="exact", dtype=dtype)

    @property
    def products(self) -> Precision:
        """The products of convolutions: as asked for in float32, exact in float64."""
        return "exact" if self.dtype == "float64" else self.precision

    def require_usable(self) -> None:
        """Raise UsageError if there is no CuPy, no driver, or no such GPU."""
        require_device(self.device)

    def free_bytes(self) -> int:
        """Count the free bytes of the device's memory."""
        return require_device(self.device).free_bytes

    def estimate_bytes(self, problem: Problem, shape: Size | None = None) -> int:
        """Estimate the device memory of an objective and its optimizer; see `Engine`."""
        return estimate_bytes(problem, self.products, dtype=np.dtype(self.dtype).type, shape=shape)

    def build(self, problem: Problem, *, beside: int = 0) -> Objective:
        """Build the objective; what is taken beside it is no memory of the device."""
        return super().build(problem)

    def refusal(self, recipe: Recipe, problem: Problem | None = None) -> str | None:
        """Return why it cannot compute a recipe, or a problem of it; see `Engine.refusal`."""
        return refusal(recipe, problem)

    def new_objective(self, problem: Problem) -> GPUObjective:
        """Build the objective of a problem."""
        return GPUObjective(
            problem,
            self.products,
            self.device,
            dtype=np.dtype(self.dtype).type,
            tune=self.tune,
        )

    def surroundings(self) -> dict[str, str]:
        """Return which GPU, its driver, CuPy, and the kernels that were chosen by the clock."""
        with xp().cuda.Device(self.device):
            found = {f"GPU's {name}": value for name, value in device_circumstances().items()}
            chosen = tuned_choices(self.tune)
        kernels = {f"kernel for {task}": label for task, label in chosen.items()}
        return (
            super().surroundings()
            | found
            | {"CuPy": getattr(xp(), "__version__", "emulated")}
            | kernels
        )

    def describe(self) -> str:
        """Describe how the engine computes, and on which device."""
        if self.dtype == "float64":
            return self.dtype
        tuned = ", tuned" * (self.tune != "off")
        return f"{self.precision} on {require_device(self.device).name}{tuned}"
