"""Distances of distributions by hand, and what rounding can make of a covariance."""

import numpy as np
import pytest

from backpaint.reference.statistics import (
    Normal,
    added_variance,
    covariance_backward,
    covariance_forward,
    mean_deviation_backward,
    mean_deviation_forward,
    wasserstein_backward,
    wasserstein_forward,
)

V, W = np.array([[1.0, 2.0], [2.0, 5.0]]), np.array([[3.0, 0.0], [0.0, 3.0]])


def of(*variances, mean=0.0):
    return Normal(np.full(len(variances), mean), np.diag(variances))


def test_covariance():
    normal = Normal(np.array([7.0, 9.0]), V)
    assert covariance_forward(normal, W) == 4 + 4 + 4 + 4
    assert covariance_forward(normal, W, 3.0, 4.0) == (0 + 36 + 36 + 144) / 4
    np.testing.assert_array_equal(covariance_backward(10.0, normal, W).covariance, 20 * (V - W))
    slope = covariance_backward(10.0, normal, W, 3.0, 4.0)
    np.testing.assert_array_equal(slope.covariance, 2 * 10 * 3 / 4 * (3 * V - W))
    assert not slope.mean.any()


def test_an_epsilon_grows_with_the_styles_variance_unless_it_is_absolute():
    assert added_variance(of(1.0, 3.0), 0.5) == 0.5 * (1 + 2)
    assert added_variance(of(1.0, 3.0), 0.5, absolute=True) == 0.5


def test_a_variance_below_zero_counts_as_none():
    for below in (of(-0.5, 3.0), of(-0.1, 3.0)):
        assert mean_deviation_forward(below, of(0.0, 3.0), 1.0) == 0
        assert not mean_deviation_backward(1.0, below, of(0.0, 3.0), 1.0).covariance.any()
    assert wasserstein_forward(of(0.0), of(-0.5), 1.0) == pytest.approx(0, abs=1e-15)


def test_eigenvalues_end_at_the_square_of_epsilon():
    """v = 0.1 and w = 0.2, so v w is 0.02, below 0.04: the root stays 0.2, and nothing moves."""
    below, nothing = of(-0.1), of(0.0)
    assert wasserstein_forward(below, nothing, 0.2) == pytest.approx(0.1 + 0.2 - 2 * 0.2)
    slope = wasserstein_backward(1.0, below, nothing, 0.2).covariance
    assert slope == pytest.approx(0, abs=1e-15)
