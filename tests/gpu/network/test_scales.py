"""The search for a scale, from sizes that are known by hand."""

import math

import pytest

from backpaint.gpu.network.scales import ATTEMPTS, fit_scale

LARGEST = 2.0**16
SMALLEST = 2.0**-24


@pytest.mark.parametrize(
    ("size", "tried"),
    [
        (2.0**3, [1.0]),
        (2.0**20, [1.0, 2.0**-8, 2.0**-17]),
        (2.0**-30, [1.0, 2.0**8, 2.0**33]),
        (2.0**28, [1.0, 2.0**-8, 2.0**-16, 2.0**-25]),
    ],
    ids=["as wanted", "too great", "too small", "far too great"],
)
def test_a_search_leaps_by_256_until_it_sees_a_size(size, tried):
    asked = []

    def run(scale):
        asked.append(scale)
        stored = scale * size
        return math.inf if stored > LARGEST else stored if stored >= SMALLEST else 0.0

    assert fit_scale(1.0, run, 2.0**3) == tried[-1]
    assert asked == tried


@pytest.mark.parametrize("size", [0.0, math.nan, math.inf])
def test_without_a_size_the_first_scale_stays(size):
    asked = []
    assert fit_scale(4.0, lambda scale: asked.append(scale) or size, 8.0) == 4.0
    assert len(asked) == ATTEMPTS + 1
    assert asked[-1] == 4.0
