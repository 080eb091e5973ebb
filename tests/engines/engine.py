"""What a row of the table says of an engine."""

import gc
import shutil
import tracemalloc
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
import pytest

from backpaint.engine.objective import Objective
from backpaint.gpu.device import device
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe

from ..problems import start
from ..tolerances import Closeness
from .cases import DEEP, Case, Size

Build = Callable[[Problem], Objective]


@dataclass(frozen=True)
class Engine:
    """One way to compute an objective."""

    name: str
    build: Build
    closeness: Closeness
    """To the reference in float64."""
    estimate: Callable[[Problem], int]
    """Bytes that it says it takes."""
    allocated: Callable[[Problem, Build], int]
    """Bytes that an objective and an evaluation take."""
    parts: tuple[float, float]
    """Between which parts of the estimate these must be."""
    pictures: tuple[tuple[str | Recipe, Size], ...]
    """On which recipes and shapes to look at that."""
    dtype: type[np.floating] = np.float32
    alike: tuple[Build, ...] = ()
    """Other ways to build it that must give the same bits."""
    cases: tuple[Case, ...] = DEEP
    """On which it must agree with the reference."""
    refuses: dict[str, str] = field(default_factory=dict)
    """Cases that it cannot compute, by name, and what it says."""
    emulated: bool = False
    """Whether it runs on a device that is emulated here, whose threads run in a shuffled order."""

    def device(self) -> AbstractContextManager[None]:
        if not self.emulated:
            return nullcontext()
        if shutil.which("g++") is None:
            pytest.skip("the emulated GPU needs g++")
        return device.emulate(schedule=1)


def traced(problem: Problem, build: Build) -> int:
    """Measure the most that Python allocates."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        build(problem).evaluate(start(problem))
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def pooled(problem: Problem, build: Build) -> int:
    """Measure what an objective keeps on its device."""
    pool = device.xp().get_default_memory_pool()
    gc.collect()
    before = pool.used_bytes()
    objective = build(problem)
    objective.evaluate(start(problem))
    return int(pool.used_bytes() - before)
