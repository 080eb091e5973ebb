"""Which engine computes: chosen by name, or by `auto`, which says what it took."""

import math
from typing import Literal, get_args

import numpy as np

from .engine.free_memory import available_bytes, require_memory
from .engine.objective import Objective
from .errors import UsageError, did_you_mean
from .problem.problem import Problem
from .problem.recipe import LBFGS, LBFGSB, Optimizer

EngineName = Literal["gpu", "cpu", "reference"]
Precision = Literal["exact", "tf32", "fast"]
Tuning = Literal["off", "own", "cudnn"]
DTypeName = Literal["float32", "float64"]

REAL: dict[DTypeName, type[np.floating]] = {"float32": np.float32, "float64": np.float64}

ENGINES: tuple[EngineName, ...] = get_args(EngineName)
"""All engines, the fastest first."""


def usable_engines() -> tuple[EngineName, ...]:
    """List the engines that can run here: all, or all but ``gpu``."""
    return ENGINES if _has_gpu(0) else tuple(name for name in ENGINES if name != "gpu")


def resolve_engine(name: str, dtype: DTypeName = "float32", device: int = 0) -> EngineName:
    """Turn ``auto`` into the fastest engine that has the precision asked for.

    Parameters
    ----------
    name : str
        ``auto`` or one of `ENGINES`.
    dtype : {"float32", "float64"}
        The precision of the network.
    device : int
        Which GPU.

    Returns
    -------
    {"gpu", "cpu", "reference"}

    Raises
    ------
    UsageError
        If there is no such engine, it cannot run here, or it does not have that precision.

    Examples
    --------
    >>> resolve_engine("cpu"), resolve_engine("auto", "float64")
    ('cpu', 'reference')
    """
    if name not in ("auto", *ENGINES):
        near = did_you_mean(name, ("auto", *ENGINES))
        raise UsageError(
            f"there is no engine {name!r}{near}; choose auto or one of {', '.join(ENGINES)}"
        )
    if name == "cpu" and dtype == "float64":
        raise UsageError("the engine cpu computes in float32; for float64 choose reference")
    if name == "gpu":
        from .gpu.device.device import require_device

        require_device(device)
        return "gpu"
    if name == "reference" or dtype == "float64":
        return "reference"
    return "gpu" if name == "auto" and _has_gpu(device) else "cpu"


def _has_gpu(device: int) -> bool:
    """Tell whether the engine gpu can run; without CuPy the answer comes at once."""
    from .gpu.device.device import require_device

    try:
        require_device(device)
    except UsageError:
        return False
    return True


def build_objective(
    problem: Problem,
    engine: EngineName,
    dtype: DTypeName,
    *,
    threads: int | None = None,
    exact: bool = False,
    precision: Precision = "tf32",
    device: int = 0,
    tune: Tuning = "off",
) -> Objective:
    """Build the objective of one engine; targets are computed here, once.

    Parameters
    ----------
    problem : Problem
        What to compute.
    engine : {"gpu", "cpu", "reference"}
        Who computes it.
    dtype : {"float32", "float64"}
        The precision of the network; the optimizer always works in float64.
    threads : int, optional
        How many the engine `cpu` uses; all that there are.
    exact : bool
        Whether the engine `cpu` uses direct products instead of Winograd's.
    precision : {"exact", "tf32", "fast"}
        How the engine `gpu` multiplies in float32; see `backpaint.gpu.GPUObjective`.
    device : int
        Which GPU.
    tune : {"off", "own", "cudnn"}
        What chooses the kernels of the engine `gpu`; see `backpaint.gpu.GPUObjective`.

    Raises
    ------
    UsageError
        If it does not fit into memory, with the largest size that does.
    """

    def bytes_at(shape: tuple[int, int]) -> int:
        return estimate_bytes(
            problem, engine, dtype, threads=threads, exact=exact, precision=precision, shape=shape
        )

    if engine == "gpu":
        from .gpu import GPUObjective
        from .gpu.device.device import require_device

        require_memory(problem.shape, bytes_at, require_device(device).free_bytes)
        multiplied = "exact" if dtype == "float64" else precision
        return GPUObjective(problem, multiplied, device, dtype=REAL[dtype], tune=tune)
    require_memory(problem.shape, bytes_at, available_bytes())
    if engine == "cpu":
        from .cpu import CPUObjective

        return CPUObjective(problem, threads=threads, exact=exact)
    from .reference.objective import ReferenceObjective

    return ReferenceObjective(problem, dtype)


def estimate_bytes(
    problem: Problem,
    engine: EngineName,
    dtype: DTypeName,
    *,
    threads: int | None = None,
    exact: bool = False,
    precision: Precision = "tf32",
    shape: tuple[int, int] | None = None,
) -> int:
    """Estimate the memory of an objective, its evaluation and its optimizer, in bytes.

    Parameters
    ----------
    problem, engine, dtype, threads, exact, precision
        As for `build_objective`.
    shape : (int, int), optional
        Height and width of the painted picture, if it shall have another size than the problem's.
    """
    shape = problem.shape if shape is None else shape
    if engine == "gpu":
        from .gpu.network.memory import estimate_bytes as of_gpu

        multiplied = "exact" if dtype == "float64" else precision
        return of_gpu(problem, multiplied, dtype=REAL[dtype], shape=shape)
    if engine == "cpu":
        from .cpu.memory import estimate_bytes as of_cpu

        computing = of_cpu(problem, threads=threads, exact=exact, shape=shape)
    else:
        from .reference.memory import estimate_bytes as of_reference

        computing = of_reference(problem, dtype, shape)
    return computing + vectors_kept(problem.recipe.optimizer) * math.prod(shape) * 3 * 8


def vectors_kept(optimizer: Optimizer) -> int:
    """Count the float64 vectors of the picture's size that an optimizer keeps, about."""
    if isinstance(optimizer, LBFGSB):
        return 2 * optimizer.corrections + 12
    if isinstance(optimizer, LBFGS):
        return 2 * min(optimizer.corrections, optimizer.iterations) + 6
    return 6
