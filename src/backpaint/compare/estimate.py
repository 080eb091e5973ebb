"""An estimate of a comparison's time, before it begins."""

import math
import time
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from .plan import Plan, checked_size
from .processes.child import PAUSE
from .subject.competitors import Competitor
from .subject.scene import Size, blank_problem, compared_recipe, flops

COSTS = {
    "cpu": (1.5, 0.7),
    "cpu/exact": (1.5, 1.4),
    "reference": (1.5, 6.0),
    "judge": (1.5, 12.0),
    "pytorch": (4.0, 1.4),
    "pytorch/compiled": (40.0, 1.4),
    "tensorflow": (8.0, 1.4),
    "tensorflow/xla": (12.0, 1.6),
    "jax": (6.0, 1.6),
    "gpu": (15.0, 0.02),
    "pytorch-cuda": (12.0, 0.03),
}
"""Seconds until a process is ready, and how long an evaluation takes: in units of the time that its
convolutions would take at the speed of a large product of matrices, computed directly."""
CHECKS = 3
"""Evaluations of a check: targets, warm-up, and the check itself."""
TRIALS = 2
"""Evaluations that decide about forms, after a check at this size."""
WARM_UPS = 2
"""Evaluations of those who take part in rounds before the first one: targets, and a picture."""
SAMPLE = 0.1
"""Seconds that a turn takes at least."""


@dataclass(frozen=True)
class Step:
    """A part of a comparison.

    Attributes
    ----------
    text : str
        What is done.
    seconds : float
        How long it will take, about.
    """

    text: str
    seconds: float


def estimate(plan: Plan, gflops: float) -> float:
    """Estimate the seconds of a whole comparison.

    Parameters
    ----------
    plan : Plan
    gflops : float
        As `matrix_speed` measures it with as many threads as the plan has processors.
    """
    most, judged = max(plan.threads), set()
    total = 0.0
    for size, threads in plan.cells:
        clock = _Clock(plan.preset, gflops * threads / most)
        if checked_size(size) not in judged:
            judged.add(checked_size(size))
            total += clock.judge(checked_size(size))
        total += sum(clock.trial(one, size) for one in plan.competitors(size))
        total += sum(clock.rounds(one, size, plan.rounds) for one in finalists(plan, size))
    return total


def finalists(plan: Plan, size: Size) -> list[Competitor]:
    """Guess who will take part in the rounds: of each library's forms the first."""
    firsts = {(one.family, one.rivals): one for one in reversed(plan.competitors(size))}
    return list(firsts.values())


def matrix_speed(threads: int, side: int = 1024) -> float:
    """Measure the speed of a float32 product of matrices, in GFLOP/s; a tenth of a second."""
    a = np.random.default_rng(0).random((side, side), np.float32)
    seconds = math.inf
    with threadpool_limits(threads, user_api="blas"):
        for _ in range(4):
            begin = time.perf_counter()
            a @ a
            seconds = min(seconds, time.perf_counter() - begin)
    return 2 * side**3 / seconds / 1e9


class _Clock:
    """Seconds of the parts of one cell."""

    def __init__(self, preset: str, gflops: float) -> None:
        self._recipe, self._speed = compared_recipe(preset), gflops * 1e9

    def judge(self, size: Size) -> float:
        starting, factor = COSTS["judge"]
        return starting + 2 * factor * self._unit(size)

    def trial(self, one: Competitor, size: Size) -> float:
        checked = checked_size(size)
        starting, evaluation = self._costs(one, checked)
        seconds = starting + CHECKS * evaluation
        if checked != size:  # in a process of its own, which needs targets and a warm-up
            starting, evaluation = self._costs(one, size)
            seconds += starting + WARM_UPS * evaluation
        return seconds + TRIALS * evaluation

    def rounds(self, one: Competitor, size: Size, rounds: int) -> float:
        starting, evaluation = self._costs(one, size)
        turn = PAUSE + max(SAMPLE, evaluation)
        return starting + WARM_UPS * evaluation + rounds * turn

    def _costs(self, one: Competitor, size: Size) -> tuple[float, float]:
        starting, factor = COSTS.get(one.name, COSTS.get(one.family, (5.0, 2.0)))
        return starting, factor * self._unit(size)

    def _unit(self, size: Size) -> float:
        return flops(blank_problem(self._recipe, size)) / self._speed
