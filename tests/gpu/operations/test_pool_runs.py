"""2x2 pools 16 bytes at a time give the bits of those that go element by element."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device.device import xp
from backpaint.gpu.operations.average_pool import (
    launch_average_pool_backward,
    launch_average_pool_forward,
)
from backpaint.gpu.pointwise.masks import launch_max_pool_with_winners, launch_unpool_to_winners
from backpaint.gpu.pointwise.windows import pooled_shape, runs_fit

from ..convolution.convolutions import bits
from ..every_way import EveryWay, same_bits

pytestmark = pytest.mark.usefixtures("emulated")

DTYPES = [
    "float32",
    pytest.param("float16", marks=pytest.mark.slow),
    pytest.param("float64", marks=pytest.mark.slow),
]
SIZES = [((7, 5, 24), "floor"), ((7, 5, 24), "ceil"), ((2, 66, 32), "floor")]
each_case = pytest.mark.parametrize(("size", "edge"), SIZES)


def features(size: tuple[int, ...], dtype: str) -> Any:
    """Draw numbers with ties, both zeros, an infinity and a NaN among them."""
    values = np.random.default_rng(0).integers(-2, 3, size) / 4
    values[0, 0, :4] = np.nan, -0.0, np.inf, 65504
    values[1, 1, 4] = np.nan
    return xp().asarray(values.astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@each_case
def test_forward(dtype, size, edge):
    x = features(size, dtype)
    out = xp().empty(pooled_shape(x, edge), dtype)
    average, largest = EveryWay(), EveryWay()
    launch_average_pool_forward(x, out=out, choose=average)
    assert same_bits(average.only)
    winners = xp().empty(out.shape, np.uint8)
    launch_max_pool_with_winners(x, winners=winners, out=out, choose=largest)
    assert same_bits(largest.only)


@pytest.mark.parametrize("dtype", DTYPES)
@each_case
@pytest.mark.parametrize("masks", [False, True])
def test_backward(dtype, size, edge, masks):
    rng = np.random.default_rng(1)
    out = xp().empty(size, dtype)
    pooled = pooled_shape(out, edge)
    grad_y = xp().asarray(rng.standard_normal(pooled).astype(dtype))
    positive = xp().asarray(bits(rng.random(size) < 0.5)) if masks else None
    average, largest = EveryWay(), EveryWay()
    launch_average_pool_backward(grad_y, out=out, positive=positive, choose=average)
    assert same_bits(average.only)
    winners = xp().asarray(rng.integers(0, 5, pooled).astype(np.uint8))
    launch_unpool_to_winners(grad_y, winners, positive=positive, out=out, choose=largest)
    assert same_bits(largest.only)


def test_what_lies_askew_goes_element_by_element():
    x = xp().asarray(np.zeros(2 * 2 * 8 + 1, np.float16))
    whole = x[:32].reshape(2, 2, 8)
    assert runs_fit(whole)
    assert not runs_fit(whole, x[1:].reshape(2, 2, 8))
    assert not runs_fit(x[:24].reshape(2, 2, 6))
