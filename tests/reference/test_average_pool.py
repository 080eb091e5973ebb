import numpy as np
import pytest

from backpaint.reference.average_pool import average_pool_backward, average_pool_forward

X = np.array([[1.0, 2.0, 9.0], [4.0, 3.0, -1.0], [-5.0, -6.0, -7.0]])[:, :, np.newaxis]


def test_forward_by_hand():
    np.testing.assert_array_equal(average_pool_forward(X, "floor")[:, :, 0], [[2.5]])
    # At the edges the sum is divided by the 2 or 1 pixels that are there.
    np.testing.assert_array_equal(average_pool_forward(X, "ceil")[:, :, 0], [[2.5, 4], [-5.5, -7]])


def test_backward_by_hand():
    one = average_pool_backward(np.array([[[8.0]]]), X, "floor")
    np.testing.assert_array_equal(one[:, :, 0], [[2, 2, 0], [2, 2, 0], [0, 0, 0]])
    grad_y = np.array([[4.0, 6.0], [2.0, 5.0]])[:, :, np.newaxis]
    every = average_pool_backward(grad_y, X, "ceil")
    np.testing.assert_array_equal(every[:, :, 0], [[1, 1, 3], [1, 1, 3], [1, 1, 5]])


@pytest.mark.parametrize("edge", ["floor", "ceil"])
def test_a_flat_picture_stays_flat(edge):
    assert (average_pool_forward(np.full((5, 3, 2), 0.75), edge) == 0.75).all()


@pytest.mark.parametrize("edge", ["floor", "ceil"])
def test_every_gradient_arrives_once(edge):
    rng = np.random.default_rng(0)
    x = np.zeros((5, 7, 3))
    grad_y = rng.standard_normal(average_pool_forward(x, edge).shape)
    grad_x = average_pool_backward(grad_y, x, edge)
    np.testing.assert_allclose(grad_x.sum(axis=(0, 1)), grad_y.sum(axis=(0, 1)), rtol=1e-13)


@pytest.mark.parametrize("shape", [(2, 1, 1), (1, 2, 1), (1, 1, 2)])
def test_gradient_of_another_size_is_refused(shape):
    with pytest.raises(ValueError, match=r"grad_y has the shape .*; expected \(1, 1, 1\)"):
        average_pool_backward(np.zeros(shape), X, "floor")
