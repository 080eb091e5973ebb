"""Roots by Newton-Schulz steps, by their eigenvalues, against the products themselves."""

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.presets import recipe
from backpaint.reference.newton_schulz import (
    root_by_steps,
    trace_of_root_backward,
    trace_of_root_by_equation,
)
from backpaint.reference.statistics import Normal, wasserstein_backward, wasserstein_forward

EPSILON = 1e-4


def covariance(seed, size=7):
    """Some eigenvalues are so small that twelve steps do not reach their roots."""
    rng = np.random.default_rng(seed)
    vectors, _ = np.linalg.qr(rng.standard_normal((size, size)))
    return (vectors * np.geomspace(1e-6, 5.0, size)) @ vectors.T


def by_products(x, steps):
    norm, identity = np.linalg.norm(x), np.eye(len(x))
    y, z = x / norm, identity
    for _ in range(steps):
        t = (3 * identity - z @ y) / 2
        y, z = y @ t, t @ z
    return np.sqrt(norm) * y


@pytest.mark.parametrize("steps", [1, 3, 12])
def test_root_and_trace_are_those_of_the_products(steps):
    x = covariance(1)
    values, vectors = np.linalg.eigh(x)
    root = (vectors * root_by_steps(values, steps)) @ vectors.T
    assert root == pytest.approx(by_products(x, steps), abs=1e-12)
    change = covariance(2)
    step = 1e-8
    ends = [np.trace(by_products(x + sign * step * change, steps)) for sign in (1, -1)]
    gradient = (vectors * trace_of_root_backward(values, steps)) @ vectors.T
    assert np.vdot(gradient, change) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


def test_many_steps_are_the_root():
    values = np.linalg.eigvalsh(covariance(1))
    assert root_by_steps(values, 60) == pytest.approx(np.sqrt(values), rel=1e-6)
    assert root_by_steps(values, 12)[0] < 0.2 * np.sqrt(values[0])


def test_what_rounding_made_negative_counts_as_zero():
    values = np.array([-1e-3, 1.0, 4.0])
    assert root_by_steps(values, 3)[0] == 0
    at_zero = trace_of_root_backward(np.array([0.0, 1.0, 4.0]), 3)
    assert trace_of_root_backward(values, 3)[0] == pytest.approx(at_zero[0], rel=1e-2)


@pytest.mark.parametrize("steps", [11, 12])
def test_the_equation_is_solved_by_the_same_products(steps):
    """Q R + R Q = I by some steps; after many it is the gradient of an exact root."""
    x = covariance(1)
    values, vectors = np.linalg.eigh(x)
    root, identity = by_products(x, steps), np.eye(7)
    norm = np.linalg.norm(root)
    a, q = root / norm, identity / norm
    for _ in range(steps):
        t = 3 * identity - a @ a
        q, a = (q @ t - a.T @ (a.T @ q - q @ a)) / 2, a @ t / 2
    found = (vectors * trace_of_root_by_equation(values, steps)) @ vectors.T
    assert found == pytest.approx(q / 2, rel=1e-9, abs=1e-9)
    exact = trace_of_root_by_equation(values, 60)
    assert exact == pytest.approx(1 / (2 * np.sqrt(values)), rel=1e-6)
    # what has not converged has another slope
    assert found.trace() != pytest.approx(trace_of_root_backward(values, steps).sum(), rel=0.1)


def test_a_gradient_that_is_none_is_refused_without_steps_and_by_a_line_search():
    with pytest.raises(UsageError, match=r"root_backward = equation goes with style\.root_steps"):
        recipe("gatys", changes={"style.root_backward": "equation"})
    assert not recipe("crowsonkb").is_consistent
    assert recipe("crowsonkb", changes={"style.root_backward": "steps"}).is_consistent


def normals():
    rng = np.random.default_rng(3)
    return Normal(rng.standard_normal(7), covariance(4)), Normal(
        rng.standard_normal(7), covariance(5)
    )


def test_wasserstein_with_many_steps_is_the_exact_one():
    normal, target = normals()
    exact = wasserstein_forward(normal, target, EPSILON)
    assert wasserstein_forward(normal, target, EPSILON, 60) == pytest.approx(exact, rel=1e-9)
    assert wasserstein_forward(normal, target, EPSILON, 12) > exact * (1 + 1e-6)
    gradient = wasserstein_backward(1.0, normal, target, EPSILON).covariance
    many = wasserstein_backward(1.0, normal, target, EPSILON, 60).covariance
    assert many == pytest.approx(gradient, rel=1e-6, abs=1e-6)


def test_the_gradient_is_that_of_the_truncated_function():
    """And so not that of the exact one, nor what an equation for its root at its end gives."""
    normal, target = normals()
    gradient = wasserstein_backward(1.0, normal, target, EPSILON, 12)
    rng = np.random.default_rng(6)
    mean, change, step = rng.standard_normal(7), covariance(7), 1e-6
    ends = [
        wasserstein_forward(
            Normal(normal.mean + at * mean, normal.covariance + at * change), target, EPSILON, 12
        )
        for at in (step, -step)
    ]
    slope = gradient.mean @ mean + np.vdot(gradient.covariance, change)
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-7)
    exact = wasserstein_backward(1.0, normal, target, EPSILON)
    assert slope != pytest.approx(exact.mean @ mean + np.vdot(exact.covariance, change), rel=1e-3)


def test_its_gradient_is_autograds_of_the_products():
    torch = pytest.importorskip("torch", reason="the cross-check needs PyTorch")
    normal, target = normals()

    def root(x):
        norm, identity = x.pow(2).sum().sqrt(), torch.eye(7, dtype=torch.float64)
        y, z = x / norm, identity
        for _ in range(12):
            t = (3 * identity - z @ y) / 2
            y, z = y @ t, t @ z
        return y * norm.sqrt()

    v = torch.tensor(normal.covariance, requires_grad=True)
    added = EPSILON * torch.eye(7, dtype=torch.float64)
    w = torch.tensor(target.covariance) + added
    half = root(w)
    traces = torch.trace(v + added + w - 2 * root(half @ (v + added) @ half))
    loss = (torch.tensor((normal.mean - target.mean) ** 2).sum() + traces) / 7
    loss.backward()
    ours = wasserstein_backward(1.0, normal, target, EPSILON, 12).covariance
    found = wasserstein_forward(normal, target, EPSILON, 12)
    assert found == pytest.approx(loss.item(), rel=1e-12)
    assert ours == pytest.approx(v.grad.numpy(), rel=1e-9, abs=1e-9)
