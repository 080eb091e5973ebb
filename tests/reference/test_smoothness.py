import numpy as np
import pytest

from backpaint.reference.smoothness import (
    laplacian_variation_backward,
    laplacian_variation_forward,
    nine_point_variation_backward,
    nine_point_variation_forward,
)

X = np.array([[1.0, 3.0], [6.0, 10.0]])[:, :, np.newaxis]


def test_laplacian_by_hand():
    # Inside: 2, 4 and 5, 7; to the zeros outside: each pixel twice.
    assert laplacian_variation_forward(X) == (4 + 16 + 25 + 49 + 2 * (1 + 9 + 36 + 100)) / 16
    grad_x = laplacian_variation_backward(8.0, X)[:, :, 0]
    np.testing.assert_array_equal(grad_x, [[4 - 3 - 6, 12 - 1 - 10], [24 - 1 - 10, 40 - 3 - 6]])


def test_nine_point_by_hand():
    # falling  2 and 0 0 / 5, 9, 4 / 0, 7, 0;  rising  0, 2, 0 / 5, 3, 7 / 0, 4, 0.
    straight = (4 + 16 + 25 + 49) / 4 * 2 / 3
    falling = (0 + 4 + 0) + (25 + 81 + 16) + (0 + 49 + 0)
    rising = (0 + 4 + 0) + (25 + 9 + 49) + (0 + 16 + 0)
    assert nine_point_variation_forward(X) == pytest.approx(
        straight + (falling + rising) / 9 / 6, rel=1e-15
    )


def test_nine_point_of_a_peak():
    """A single bright pixel far from the border: all eight differences, each with its weight."""
    x = np.zeros((5, 7, 1))
    x[2, 3] = 1.0
    straight, diagonal = 2 / 3 / 35, 1 / 6 / 48
    assert nine_point_variation_forward(x) == pytest.approx(4 * straight + 4 * diagonal, rel=1e-14)
    grad_x = nine_point_variation_backward(1.0, x)[1:4, 2:5, 0]
    s, d = -2 * straight, -2 * diagonal
    np.testing.assert_allclose(grad_x, [[d, s, d], [s, -4 * s - 4 * d, s], [d, s, d]], rtol=1e-14)


def test_a_flat_picture_is_smooth():
    flat = np.full((3, 4, 2), 0.5)
    assert nine_point_variation_forward(flat) == 0
    assert (nine_point_variation_backward(1.0, flat) == 0).all()
    assert laplacian_variation_backward(1.0, flat)[1, 1:3].tolist() == [[0, 0], [0, 0]]


def test_float32_is_summed_in_float64():
    x = np.zeros((100, 1001, 1), np.float32)
    x[:, 1::2] = 0.1  # 1000 differences in each row, and 500 above the first and below the last
    square = float(np.square(np.float32(0.1)))
    assert laplacian_variation_forward(x) == pytest.approx(101_000 * square / 16, rel=1e-13)
