"""The launchers of the Gram matrix: many parts, several tiles, tensor cores, scaled float16."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.device.device import to_host, xp
from backpaint.gpu.operations.gram import GramSum, gram_workspace, launch_gram_backward
from backpaint.gpu.sums.products import GramPrecision
from backpaint.reference.gram import gram_backward, gram_forward

from ...tolerances import OPERATION, assert_close

pytestmark = pytest.mark.usefixtures("emulated")

SIZES = [(1, 1, 64), (7, 9, 30), (33, 20, 130), (61, 50, 3)]
CASES: list[tuple[str, GramPrecision, float]] = [
    ("float64", "exact", OPERATION["float64"]),
    ("float32", "exact", OPERATION["float32"]),
    ("float32", "tf32", 1e-3),
    ("float16", "tf32", OPERATION["float32"]),  # tf32 holds a float16, and the sums are float32
]
each_case = pytest.mark.parametrize(("dtype", "precision", "tolerance"), CASES)


def sums_of(dtype: str) -> str:
    return "float64" if dtype == "float64" else "float32"


def gram(x: Any, precision: GramPrecision, scale: float = 1.0) -> Any:
    height, width, channels = x.shape
    real = np.dtype(sums_of(x.dtype.name))
    out = xp().empty((channels, channels), real)
    whole = GramSum((height, width), height, channels, real, precision)
    assert whole.add(xp().asarray(x), 0, out, scale)
    return to_host(out)


@each_case
@pytest.mark.parametrize("size", SIZES)
def test_forward(dtype, precision, tolerance, size):
    x = np.random.default_rng(0).standard_normal(size).astype(dtype)
    found = gram(x, precision, scale=4 / 3)
    assert_close("gram", found, 4 * gram_forward(x.astype(np.float64), 3.0), tolerance)
    assert np.array_equal(found, found.T)


@each_case
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("accumulate", [False, True])
def test_backward(dtype, precision, tolerance, size, accumulate):
    rng = np.random.default_rng(0)
    x, before = rng.standard_normal((2, *size)).astype(dtype)
    r = rng.standard_normal((size[2], size[2])).astype(sums_of(dtype))
    r += r.T
    out = xp().asarray(before)
    launch_gram_backward(
        xp().asarray(r),
        xp().asarray(x),
        out,
        divisor=64.0,
        precision=precision,
        accumulate=accumulate,
    )
    expected = gram_backward(r.astype(np.float64), x.astype(np.float64), 64.0)
    if accumulate:
        expected += before
    allowed = 1e-3 if dtype == "float16" else tolerance
    assert_close("grad_x", to_host(out), expected, allowed)


@each_case
def test_every_schedule_gives_the_same_bits(dtype, precision, tolerance):
    x = np.random.default_rng(0).standard_normal((40, 40, 70)).astype(dtype)
    results = set()
    for schedule in range(3):
        with device.emulate(schedule=schedule):
            results.add(gram(x, precision).tobytes())
    assert len(results) == 1


def test_a_long_sum_loses_no_digits():
    x = np.full((300, 301, 1), 0.1, np.float32)  # all of one sign: roundings do not cancel
    exact = gram_forward(x.astype(np.float64))
    assert_close("gram", gram(x, "exact"), exact, OPERATION["float32"])


def test_the_workspace_stays_small():
    for side, channels in ((64, 512), (512, 64), (4096, 64), (4096, 512)):
        features = side * side * channels
        assert gram_workspace((side, side), side, channels) < max(features / 8, 2**23)
