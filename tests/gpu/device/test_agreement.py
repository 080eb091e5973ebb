"""Whether arrays agree: what is off, missing or no number is found."""

import numpy as np
import pytest

from backpaint.gpu.device.agreement import TOLERANCE, agree, error_of

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("found", "expected", "error"),
    [
        ([1, NAN, INF, -INF], [1, NAN, INF, -INF], 0),
        ([1, 2, 4], [1, 3, 4], 0.25),
        ([1, 2, INF], [1, 3, INF], 1 / 3),  # a share of the greatest finite number
        ([1, NAN], [1, 2], INF),
        ([1, INF], [1, 2], INF),
        ([1, 2], [1, NAN], INF),
        ([INF, NAN], [-INF, NAN], INF),
        ([1, 2], [NAN, INF], INF),  # nothing finite is expected
        ([0, 1e-30], [0, 0], INF),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_error_is_a_share_of_the_greatest_number(dtype, found, expected, error):
    if dtype == "float16" and 1e-30 in found:
        found = [0, 1e-7]
    pair = np.array(found, dtype), np.array(expected, dtype)
    assert error_of(*pair) == pytest.approx(error)
    assert agree([pair[0]], [pair[1]]) is (error == 0)


def test_the_error_of_bytes_is_how_many_differ():
    expected = np.arange(100, dtype=np.uint8)
    found = expected.copy()
    found[7] += 1
    assert error_of(expected, expected) == 0
    assert error_of(found, expected) == pytest.approx(0.01)
    assert not agree([found], [expected])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_rounding_is_allowed_and_no_more(dtype):
    expected, allowed = np.array([1, 0.5, 1], dtype), TOLERANCE[dtype]
    for factor, agrees in ((0.5, True), (2, False)):
        found = expected.copy()
        found[1] += np.dtype(dtype).type(factor * allowed)
        assert agree([found], [expected]) is agrees
