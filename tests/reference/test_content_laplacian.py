import numpy as np
import pytest

from backpaint.reference.content_laplacian import (
    content_laplacian_backward,
    content_laplacian_forward,
)


def test_by_hand():
    """Two inner pixels; the second one's neighbor is the first."""
    x = np.zeros((3, 4, 1))
    x[1, 1] = 1.0
    x[0, 2] = 5.0
    e = [4.0, -1.0 - 5.0]
    assert content_laplacian_forward(x, 0 * x, pool=1) == (e[0] ** 2 + e[1] ** 2) / 2
    grad_x = content_laplacian_backward(1.0, x, 0 * x, pool=1)[:, :, 0]
    np.testing.assert_array_equal(
        grad_x, [[0, -e[0], -e[1], 0], [-e[0], 4 * e[0] - e[1], 4 * e[1] - e[0], -e[1]],
                 [0, -e[0], -e[1], 0]]
    )  # fmt: skip


def test_squares_are_averaged_and_rows_beyond_them_do_not_count():
    coarse = np.random.default_rng(0).normal(size=(3, 5, 2))
    x = np.pad(coarse.repeat(4, 0).repeat(4, 1), ((0, 3), (0, 1), (0, 0)), mode="edge")
    expected = content_laplacian_forward(coarse, 0 * coarse, pool=1)
    assert content_laplacian_forward(x, 0 * x, pool=4) == pytest.approx(expected, rel=1e-13)
    grad_x = content_laplacian_backward(1.0, x, 0 * x, pool=4)
    np.testing.assert_allclose(
        grad_x[:12:4, :20:4], content_laplacian_backward(1.0, coarse, 0 * coarse, 1) / 16
    )
    assert not grad_x[12:].any()
    assert not grad_x[:, 20:].any()


def test_another_brightness_and_even_a_slope_of_it_cost_nothing():
    content = np.random.default_rng(1).normal(size=(9, 8, 3))
    rows, columns = np.mgrid[:9, :8]
    x = content + (3 + 2 * rows - columns)[:, :, np.newaxis]
    assert content_laplacian_forward(x, content, pool=2) < 1e-25


def test_what_has_no_inner_pixel_has_no_edges():
    x = np.ones((11, 20, 3))
    assert content_laplacian_forward(x, 0 * x, pool=4) == 0
    assert not content_laplacian_backward(1.0, x, 0 * x, pool=4).any()
