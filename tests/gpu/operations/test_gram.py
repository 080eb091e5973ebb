"""The launchers of the Gram matrix: many parts, several tiles, tensor cores, scaled float16."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.device import kernel as kernel_module
from backpaint.gpu.device.device import to_host, xp
from backpaint.gpu.kernels import source
from backpaint.gpu.operations.gram import GramSum, gram_workspace, launch_gram_backward
from backpaint.gpu.sums.gram_parts import comparing_blocks
from backpaint.gpu.sums.products import GramPrecision
from backpaint.reference.gram import gram_backward, gram_forward

from ...tolerances import OPERATION, assert_close
from ..every_way import EveryWay, Results, same_bits

pytestmark = pytest.mark.usefixtures("emulated")

SIZES = [(1, 1, 64), (7, 9, 30), (33, 20, 132), (61, 50, 3)]
LARGE = np.random.default_rng(0).standard_normal((33, 20, 132))
CASES: list[tuple[str, GramPrecision, float]] = [
    ("float64", "exact", OPERATION["float64"]),
    ("float32", "exact", OPERATION["float32"]),
    ("float32", "tf32", 1e-3),
    ("float16", "tf32", OPERATION["float32"]),  # tf32 holds a float16, and the sums are float32
]
each_case = pytest.mark.parametrize(("dtype", "precision", "tolerance"), CASES)


def sums_of(dtype: str) -> str:
    return "float64" if dtype == "float64" else "float32"


def whole_sum(x: Any, precision: GramPrecision) -> tuple[GramSum, Any]:
    """Return the sum over all of `x`, and the array that it is written to."""
    height, width, channels = x.shape
    real = np.dtype(sums_of(x.dtype.name))
    out = xp().empty((channels, channels), real)
    return GramSum((height, width), height, channels, real, precision), out


def gram(x: Any, precision: GramPrecision, scale: float = 1.0) -> Any:
    whole, out = whole_sum(x, precision)
    assert whole.add(xp().asarray(x), 0, out, scale)
    return to_host(out)


@each_case
@pytest.mark.parametrize("size", SIZES)
def test_forward(dtype, precision, tolerance, size):
    x = np.random.default_rng(0).standard_normal(size).astype(dtype)
    found = gram(x, precision, scale=4 / 3)
    assert_close("gram", found, 4 * gram_forward(x.astype(np.float64), 3.0), tolerance)
    assert np.array_equal(found, found.T)


def parts(x: Any, precision: GramPrecision) -> Results:
    """Return what every way to sum up parts has written."""
    every, (whole, _) = EveryWay(), whole_sum(x, precision)
    assert whole.add_band(xp().asarray(x), 0, every)
    return every.only


@pytest.mark.parametrize(
    ("dtype", "precision"),
    [
        ("float32", "exact"),
        pytest.param("float32", "tf32", marks=pytest.mark.slow),
        pytest.param("float16", "tf32", marks=pytest.mark.slow),
    ],
)
def test_parts_are_the_same_bits_in_every_way(dtype, precision):
    """Tiles on the diagonal and beside it, the last ones not whole, several slabs, three parts."""
    assert same_bits(parts(LARGE.astype(dtype), precision))


def test_some_parts_have_one_way():
    assert len(parts(LARGE, "exact")) == 1  # float64
    assert len(parts(LARGE[:1, :1, :30].astype(np.float32), "exact")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("barrier", ["__syncthreads();\n    if", "__syncthreads();  // before"])
def test_a_barrier_that_is_missing_is_found(barrier, monkeypatch):
    text = source("gram.cu")
    assert text.count(barrier) == 1
    wrong = text.replace(barrier, barrier.removeprefix("__syncthreads();"))
    monkeypatch.setattr(kernel_module, "_modules", {})
    monkeypatch.setattr(kernel_module, "_kernels", {})
    monkeypatch.setattr(
        kernel_module, "source", lambda file: wrong if file == "gram.cu" else source(file)
    )
    assert not same_bits(parts(LARGE.astype(np.float32), "exact"))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_matrix_is_compared_as_it_is_written(dtype):
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal((7, 9, 70)).astype(dtype), rng.standard_normal((70, 70))
    target = (target + target.T).astype(dtype)
    whole, out = whole_sum(x, "exact")
    grad, square_sum = xp().empty(out.shape, dtype), xp().empty(1, np.float64)
    assert whole.add_band(xp().asarray(x), 0)
    whole.write_and_compare(
        xp().asarray(x),
        out,
        0.5,
        target=xp().asarray(target),
        grad_out=grad,
        factor=0.25,
        squares=xp().empty(comparing_blocks(70), np.float64),
        square_sum=square_sum,
    )
    difference = to_host(out) - target
    assert np.array_equal(to_host(out), gram(x, "exact", 0.5))
    assert np.array_equal(to_host(grad), difference * np.dtype(dtype).type(0.25))
    assert float(to_host(square_sum)[0]) == pytest.approx(
        np.sum(difference.astype(np.float64) ** 2), rel=1e-14
    )


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
