"""The line search by its promises; `test_lbfgs.py` compares its very steps with SciPy's."""

import numpy as np
import pytest

from backpaint.optimizers.quasi_newton.line_search import (
    FLAT,
    NARROW,
    SUFFICIENT,
    LineSearch,
    Point,
    cubic_minimizer,
    parabola_minimizer,
    secant_minimizer,
)


class Wave:
    """A random function of the step that falls at 0 and rises far away."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.size = rng.normal(size=5) * 10.0 ** rng.uniform(-2, 2, 5)
        self.speed, self.phase = rng.uniform(0.1, 3, 5), rng.uniform(0, 6, 5)
        self.bowl = 10 ** rng.uniform(-3, 1)
        self.tilt = abs(self.slope(0.0, 0.0)) + 10 ** rng.uniform(-2, 1)

    def loss(self, step: float) -> float:
        waves = self.size * np.sin(self.speed * step + self.phase)
        return float(waves.sum() + self.bowl * step**2 - self.tilt * step)

    def slope(self, step: float, tilt: float | None = None) -> float:
        waves = self.size * self.speed * np.cos(self.speed * step + self.phase)
        return float(waves.sum() + 2 * self.bowl * step) - (self.tilt if tilt is None else tilt)


def test_finds_steps_that_meet_both_conditions():
    satisfied = 0
    for seed in range(300):
        wave = Wave(seed)
        start, slope = wave.loss(0.0), wave.slope(0.0)
        search = LineSearch(start, slope, 10 ** np.random.default_rng(seed).uniform(-3, 2))
        tried = [0.0]
        for _ in range(60):
            tried.append(search.step)
            if not search.advance(wave.loss(search.step), wave.slope(search.step)):
                break
        else:
            pytest.fail(f"the search {seed} does not end")
        has_fallen = wave.loss(search.step) <= start + SUFFICIENT * search.step * slope
        is_flat = abs(wave.slope(search.step)) <= FLAT * abs(slope)
        satisfied += has_fallen and is_flat
        if not (has_fallen and is_flat):  # then the interval has become narrow
            gaps = [abs(step - search.step) for step in tried if step != search.step]
            assert min(gaps) <= 1.5 * NARROW * max(tried), seed
    assert satisfied > 200


def test_minimizers_are_exact_for_their_own_functions():
    def cubic(t):
        return Point(t, (t - 2) ** 2 * (t + 1), 2 * (t - 2) * (t + 1) + (t - 2) ** 2)

    def parabola(t):
        return Point(t, 3 * (t - 1.5) ** 2, 6 * (t - 1.5))

    assert cubic_minimizer(cubic(0.5), cubic(3.0)) == pytest.approx(2, abs=1e-14)
    assert cubic_minimizer(cubic(3.0), cubic(0.5)) == pytest.approx(2, abs=1e-14)
    assert parabola_minimizer(parabola(0.0), parabola(4.0)) == pytest.approx(1.5, abs=1e-14)
    assert secant_minimizer(parabola(0.0), parabola(4.0)) == pytest.approx(1.5, abs=1e-14)


def test_goes_no_further_than_the_longest_step():
    search = LineSearch(0.0, -1.0, 1.0)
    steps = []
    for _ in range(100):
        steps.append(search.step)
        if not search.advance(-search.step, -1.0):
            break
    assert steps[-1] == 1e10
    assert steps == sorted(steps)
