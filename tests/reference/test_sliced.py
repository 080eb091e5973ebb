import numpy as np
import pytest

from backpaint.reference.sliced import (
    quantiles,
    random_directions,
    sliced_backward,
    sliced_forward,
)

ONE = np.array([[1.0]])
X = np.array([[[3.0], [1.0]], [[8.0], [5.0]]])  # ranks 1, 0, 3, 2
WANTED = np.array([[0.0], [2.0], [6.0], [6.0]])


def test_by_hand():
    """1 is compared with 0, 3 with 2, 5 and 8 with 6."""
    assert sliced_forward(X, WANTED, ONE) == (1 + 1 + 1 + 4) / 4
    grad_x = sliced_backward(10.0, X, WANTED, ONE)[:, :, 0]
    np.testing.assert_array_equal(grad_x, 10 * 2 / 4 * np.array([[1, 1], [2, -1]]))


def test_two_directions_share_the_gradient():
    """Along (1, 0) and (0.6, 0.8), with one position, the wanted values are single numbers."""
    x, directions = np.array([[[5.0, 10.0]]]), np.array([[1.0, 0.6], [0.0, 0.8]])
    grad_x = sliced_backward(1.0, x, np.array([[4.0, 9.0]]), directions)
    np.testing.assert_allclose(grad_x, [[[1 + 2 * 0.6, 2 * 0.8]]], rtol=1e-14)


def test_a_style_of_as_many_positions_is_sorted():
    assert quantiles(X, ONE, 4).ravel().tolist() == [1, 3, 5, 8]


def test_a_style_of_other_size_is_read_at_the_same_parts():
    """Middles of ranks: 1 and 3 lie at 1/8 and 3/8, so 1/4 is between them."""
    assert quantiles(X, ONE, 2).ravel().tolist() == [2, 6.5]
    assert quantiles(X, ONE, 8).ravel().tolist() == [1, 1.5, 2.5, 3.5, 4.5, 5.75, 7.25, 8]


def test_a_picture_beside_itself_costs_nothing_wherever_its_positions_are():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 4, 3))
    moved = rng.permutation(x.reshape(-1, 3)).reshape(4, 5, 3)
    directions = random_directions(3, 6)
    wanted = quantiles(moved, directions, 20)
    assert sliced_forward(x, wanted, directions) < 1e-28
    assert np.abs(sliced_backward(1.0, x, wanted, directions)).max() < 1e-14


def test_equal_numbers_are_served_in_their_order():
    x = np.zeros((1, 3, 1))
    grad_x = sliced_backward(3.0, x, np.array([[-1.0], [0.0], [2.0]]), ONE)
    np.testing.assert_array_equal(grad_x.ravel(), [2, 0, -4])


def test_directions_are_the_same_every_time_and_have_the_length_1():
    directions = random_directions(64, 32)
    assert np.array_equal(directions, random_directions(64, 32))
    np.testing.assert_allclose(np.linalg.norm(directions, axis=0), 1, rtol=1e-14)
    assert not np.array_equal(directions[:, :31], random_directions(64, 31))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"^wanted has the shape"):
        sliced_forward(X, WANTED[:2], ONE)
    with pytest.raises(ValueError, match=r"^directions has the shape"):
        sliced_forward(X, WANTED, np.ones((2, 1)))
