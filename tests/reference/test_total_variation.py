import numpy as np
import pytest

from backpaint.reference.total_variation import (
    absolute_variation_backward,
    absolute_variation_forward,
    power_variation_backward,
    power_variation_forward,
    squared_variation_backward,
    squared_variation_forward,
)

# dx: 2, 5 and 0, 1; dy: 0, -2, -6.
X = np.array([[1.0, 3.0, 8.0], [1.0, 1.0, 2.0]])[:, :, np.newaxis]
FLAT = np.full((3, 4, 2), 0.5)


def test_absolute_by_hand():
    assert absolute_variation_forward(X) == 2 + 5 + 0 + 1 + 0 + 2 + 6
    assert absolute_variation_forward(X, mean=True) == 8 / 4 + 8 / 3
    grad_x = absolute_variation_backward(12.0, X)[:, :, 0]
    np.testing.assert_array_equal(grad_x, [[-12, 12, 24], [0, -24, 0]])
    grad_x = absolute_variation_backward(12.0, X, mean=True)[:, :, 0]
    np.testing.assert_array_equal(grad_x, [[-3, 4, 7], [0, -7, -1]])


def test_squared_by_hand():
    assert squared_variation_forward(X) == 4 + 25 + 0 + 1 + 0 + 4 + 36
    assert squared_variation_forward(X, mean=True) == 30 / 4 + 40 / 3
    grad_x = squared_variation_backward(1.0, X)[:, :, 0]
    np.testing.assert_array_equal(grad_x, [[-4, 4 - 10 + 4, 10 + 12], [0, -2 - 4, 2 - 12]])
    grad_x = squared_variation_backward(6.0, X, mean=True)[:, :, 0]
    np.testing.assert_array_equal(grad_x, [[-6, 6 - 15 + 8, 15 + 24], [0, -3 - 8, 3 - 24]])


def test_power_by_hand():
    # Both neighbors exist at two pixels: lengths 2^2 + 0^2 = 4 and 5^2 + 2^2 = 29.
    assert power_variation_forward(X, 1.0) == 33
    assert power_variation_forward(X, 1.0, epsilon=3.0) == 39
    assert power_variation_forward(X, 1.0, mean=True) == 16.5
    assert power_variation_forward(X, 2.0) == 16 + 29**2
    grad_x = power_variation_backward(1.0, X, 2.0)[:, :, 0]  # slopes 2 * 4 * 2 d and 2 * 29 * 2 d
    np.testing.assert_array_equal(grad_x, [[-32, 32 - 580 + 232, 580], [0, -232, 0]])
    np.testing.assert_array_equal(
        power_variation_backward(1.0, X, 2.0, mean=True)[:, :, 0] * 2, grad_x
    )


def test_power_with_wrap_by_hand():
    x = np.array([[1.0, 3.0], [6.0, 10.0]])[:, :, np.newaxis]
    # (dx, dy): (2, 5), (-2, 7), (4, -5), (-4, -7): each neighbor is met twice.
    assert power_variation_forward(x, 1.0, wrap=True) == 29 + 53 + 41 + 65
    # dx_p = 2 (2 x_p - left - right + 2 x_p - above - below); left and right are the same pixel.
    grad_x = power_variation_backward(1.0, x, 1.0, wrap=True)[:, :, 0]
    np.testing.assert_array_equal(
        grad_x, [[4 * (2 - 3 - 6), 4 * (6 - 1 - 10)], [4 * (12 - 10 - 1), 4 * (20 - 6 - 3)]]
    )


@pytest.mark.parametrize("exponent", [0.25, 0.5, 1.0, 1.25])
def test_a_flat_picture_has_no_slope(exponent):
    for wrap in (False, True):
        assert power_variation_forward(FLAT, exponent, wrap=wrap) == 0
        assert (power_variation_backward(1.0, FLAT, exponent, wrap=wrap) == 0).all()
    assert (absolute_variation_backward(1.0, FLAT) == 0).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 4, 3), (4, 1, 3)])
def test_one_row_or_column_has_no_pairs(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    for mean in (False, True):
        assert power_variation_forward(x, 1.25, mean=mean) == 0
        assert (power_variation_backward(1.0, x, 1.25, mean=mean) == 0).all()


def test_a_shift_of_all_values_changes_nothing():
    x = np.random.default_rng(0).integers(0, 9, (5, 4, 3)) * 1.0
    assert squared_variation_forward(x + 100) == squared_variation_forward(x)
    assert abs(squared_variation_backward(1.0, x).sum()) < 1e-12


def test_float32_is_summed_in_float64():
    x = np.zeros((1, 200_001, 1), np.float32)
    x[0, 1::2] = 0.1
    step = float(np.float32(0.1))
    assert absolute_variation_forward(x) == pytest.approx(200_000 * step, rel=1e-13)
