"""The engines, one a row, for the tests beside: these hold for whatever is added here."""

import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from backpaint import cpu
from backpaint.cpu import CPUObjective
from backpaint.gpu import GPUObjective
from backpaint.gpu.network import memory as gpu_memory
from backpaint.problem.problem import Problem
from backpaint.reference.memory import estimate_bytes
from backpaint.reference.objective import ReferenceObjective

from ..problems import everything, one_block
from ..tolerances import DOUBLE, EXACTLY, SINGLE, TENSOR_CORES, WINOGRAD, Closeness
from .cases import EMULATED, ON_TENSOR_CORES
from .engine import Engine, pooled, traced

PHOTOGRAPH = (134, 160)
SMALLER = (67, 80)
"""For a network of one block, whose filters are few beside its features."""
CPU_PICTURES = (("gatys", (96, 64)), ("jcjohnson", (160, 256)), ("caffe-content", (256, 256)))


def on_reference(dtype: Any, closeness: Closeness, *recipes: Any) -> Engine:
    build, estimate = (partial(f, dtype=dtype) for f in (ReferenceObjective, estimate_bytes))
    shape = SMALLER if dtype is np.float64 else PHOTOGRAPH
    pictures = tuple((recipe, shape) for recipe in recipes)
    name = f"reference {np.dtype(dtype)}"
    return Engine(name, build, closeness, estimate, traced, (0.5, 1.0), pictures, dtype)


def on_cpu(name: str, closeness: Closeness, *pictures: Any, exact: bool) -> Engine:
    """Compute with any number of threads."""
    one, two, three = (partial(CPUObjective, threads=n, exact=exact) for n in (1, 2, 3))
    estimate = partial(cpu.estimate_bytes, threads=2, exact=exact)
    alike = (one, three)
    return Engine(name, two, closeness, estimate, traced, (0.9, 1.1), pictures, alike=alike)


def on_gpu(name: str, closeness: Closeness, dtype: Any = np.float32, **limits: Any) -> Engine:
    """Compute with a graph, or launch kernel by kernel."""
    precision = "exact" if dtype is np.float64 else name.removeprefix("gpu ")
    build = partial(GPUObjective, precision=precision, dtype=dtype)

    def estimate(problem: Problem) -> int:
        """Leave out CUDA itself and the optimizer's vectors, which are not there."""
        counted = gpu_memory.estimate_bytes(problem, precision, dtype=dtype)
        vectors = gpu_memory.vectors_kept(problem) * 3 * math.prod(problem.shape)
        return counted - gpu_memory.CONTEXT_BYTES - vectors * np.dtype(dtype).itemsize

    recipe = everything() if dtype is np.float64 else one_block()  # emulated: the rest is slow
    memory = (estimate, pooled, (0.85, 1.1), ((recipe, (13, 10)),))
    eager = partial(build, graph=False)
    return Engine(name, build, closeness, *memory, dtype, (eager,), emulated=True, **limits)


NORMALIZED = {"andersbll": "float16 has no room; choose precision tf32 or exact"}
"""Gradients that are divided by their size."""
OTHER_STATISTICS = {
    "titu1994-improved": "plain Gram matrices alone, not style.shift = -1; choose engine",
    "crowsonkb": "plain Gram matrices alone, not wasserstein; choose engine",
}
"""What the device does not compare."""

ENGINES = (
    on_reference(np.float64, EXACTLY, one_block()),
    on_reference(np.float32, SINGLE, "gatys", "andersbll"),
    on_cpu("cpu", WINOGRAD, *CPU_PICTURES, exact=False),
    on_cpu("cpu exact", SINGLE, ("gatys", (40, 40)), exact=True),
    on_gpu("gpu float64", DOUBLE, np.float64, cases=EMULATED, refuses=OTHER_STATISTICS),
    on_gpu("gpu exact", SINGLE, cases=ON_TENSOR_CORES),
    on_gpu("gpu tf32", TENSOR_CORES, cases=ON_TENSOR_CORES),
    on_gpu("gpu fast", TENSOR_CORES, cases=ON_TENSOR_CORES, refuses=NORMALIZED),
)

OTHER_PRECISIONS = ("gpu exact", "gpu fast")
"""What takes the emulator longest: by default they agree with the reference on one problem
(`test_loss_and_gradient`), and the other two precisions stand for them in the tests of `each`."""

ROWS = [
    pytest.param(
        engine, id=engine.name, marks=[pytest.mark.slow] * (engine.name in OTHER_PRECISIONS)
    )
    for engine in ENGINES
]
each = pytest.mark.parametrize("any_engine", ROWS, indirect=True)
"""Runs a test on each engine, as its argument `any_engine`."""
