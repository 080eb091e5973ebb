"""The stages that are no operation by themselves."""

import numpy as np
import pytest

from backpaint.fast.architecture import BLOCKS
from backpaint.fast.stages import GlobalMean, Residual, SameBorder, Sigmoid

NONE = np.zeros(0)


@pytest.mark.parametrize(
    ("length", "stride", "added"),
    [(8, 1, (1, 1)), (8, 2, (0, 1)), (7, 2, (1, 1)), (1, 2, (1, 1)), (2, 2, (0, 1))],
)
def test_borders_are_tensorflow_s(length, stride, added):
    padded = SameBorder(stride).run(np.ones((length, 3, 1)), NONE)
    assert padded.shape[0] == length + sum(added)
    assert [row for row in range(padded.shape[0]) if not padded[row].any()] == [
        *range(added[0]),
        *range(length + added[0], length + sum(added)),
    ]


def test_what_comes_for_the_border_is_cut_off():
    border, x = SameBorder(2), np.zeros((4, 7, 2))
    y, kept = border.forward(x, NONE)
    grad_y = np.random.default_rng(0).normal(size=y.shape)
    np.testing.assert_array_equal(border.backward(grad_y, kept, NONE), grad_y[:4, 1:8])


def test_a_mean_gives_every_pixel_its_part():
    mean, x = GlobalMean(), np.arange(12.0).reshape(2, 3, 2)
    y, kept = mean.forward(x, NONE)
    np.testing.assert_array_equal(y, [[[5, 6]]])
    grad_x = mean.backward(np.array([[[12.0, 6.0]]]), kept, NONE)
    np.testing.assert_array_equal(grad_x, np.full((2, 3, 2), [2.0, 1.0]))


def test_a_residual_s_gradient_takes_both_ways():
    residual, x = Residual(Sigmoid()), np.zeros((1, 1, 1))
    y, kept = residual.forward(x, NONE)
    assert y == residual.run(x, NONE) == 0.5
    assert residual.backward(np.full((1, 1, 1), 8.0), kept, NONE) == 8 + 8 / 4


def test_blocks_are_those_of_mobilenet_v2():
    """Stride 2 in the blocks 2, 4, 7 and 14, counted from 1; seven do not add."""
    assert len(BLOCKS) == 17
    assert [block.name[-2:] for block in BLOCKS if block.stride == 2] == ["02", "04", "07", "14"]
    assert [block.name[-2:] for block in BLOCKS if not block.widens] == ["01"]
    assert sum(block.adds for block in BLOCKS) == 10
