"""`check_objective`: any loss with its gradient, by differences, with the usual suspects named."""

import numpy as np
import pytest

from backpaint.reference.max_pool import max_pool_backward, max_pool_forward
from backpaint.reference.relu import relu_backward, relu_forward
from backpaint.reference.total_variation import (
    absolute_variation_backward,
    absolute_variation_forward,
    squared_variation_backward,
    squared_variation_forward,
)
from backpaint.testing import WrongGradient, check_objective

X = np.random.default_rng(0).uniform(0, 255, (6, 5, 3))
Y = np.random.default_rng(1).uniform(0, 255, (6, 5, 3))


def loss(x):
    return np.sum((x - Y) ** 2) / 2


def gradient(x):
    return x - Y


def border_lost(x):
    grad = np.zeros_like(x)
    grad[1:-1, 1:-1] = gradient(x)[1:-1, 1:-1]
    return grad


def red_lost(x):
    grad = gradient(x)
    grad[:, :, 0] *= 1.5
    return grad


class Adding:
    def __init__(self):
        self.total = 0.0

    def __call__(self, x):
        self.total = self.total + gradient(x)
        return loss(x), self.total


def overwriting(x):
    value = loss(x)
    x -= Y
    return value, x


def random_loss(x):
    return loss(x) + np.random.default_rng().normal(), gradient(x)


WRONG = (
    (lambda x: (loss(x), gradient(x) / 2), "a factor 2 is missing"),
    (lambda x: (loss(x), 2 * gradient(x)), "2 times the loss's slope"),
    (lambda x: (loss(x), gradient(x) / 3), "1 / 3 times the loss's slope"),
    (lambda x: (loss(x), -1.7 * gradient(x)), r"-1\.7 times the loss's slope"),
    (lambda x: (loss(x), -gradient(x)), "the sign is wrong"),
    (lambda x: (loss(x), gradient(x) / x.size), "the loss sums but the gradient averages"),
    (lambda x: (loss(x) / x.size, gradient(x)), "the loss averages but the gradient sums"),
    (lambda x: (loss(x), border_lost(x)), "all of them are in the outermost rows or columns"),
    (lambda x: (loss(x), red_lost(x)), "all of them are in channel 0"),
    (lambda x: (loss(x), gradient(x).ravel()), "the gradient has the shape"),
    (lambda x: (loss(x), gradient(x) * np.nan), "NaN or infinite"),
    (lambda x: (float(np.float32(loss(x))), gradient(x)), "computed in float32"),
    (Adding(), "the gradient adds up"),
    (overwriting, "it writes into its argument x"),
    (random_loss, "the loss is another one when it is called again"),
)


@pytest.mark.parametrize(("function", "name"), WRONG, ids=[name for _, name in WRONG])
def test_mistake_is_named(function, name):
    with pytest.raises(WrongGradient, match=name):
        check_objective(function, X)


def test_a_right_one_passes():
    assert check_objective(lambda x: (loss(x), gradient(x)), X).ok


def test_kinks_are_no_mistakes():
    """Some of many ReLUs flip within a step; the rest of the directions decide."""
    x = np.random.default_rng(2).normal(size=(40, 40))
    x[0, 0] = 1e-12

    def function(x):
        y = relu_forward(x)
        return np.sum(y**2), relu_backward(2 * y, y)

    assert check_objective(function, x).ok


def ties(x):
    """Distances from 3, in the largest of each window: convex and concave kinks at ties."""
    y = max_pool_forward(x, "floor")
    return np.sum((y - 3) ** 2), max_pool_backward(2 * (y - 3), x, "floor")


@pytest.mark.parametrize("x", [np.full((6, 8, 2), 1.0), np.indices((6, 8, 2))[0] // 2 * 2.0])
def test_a_right_gradient_at_ties_is_not_called_wrong(x):
    with pytest.raises(WrongGradient, match=r"two sides of x.*choose another x"):
        check_objective(ties, x)
    assert check_objective(ties, x + np.random.default_rng(0).normal(scale=0.1, size=x.shape)).ok


def test_equal_neighbors_are_no_excuse():
    """At the corner of |x| the gradient is the mean of both slopes, and can be judged."""

    def variation(x):
        return squared_variation_forward(x) + absolute_variation_forward(x)

    def right(x):
        return squared_variation_backward(1.0, x) + absolute_variation_backward(1.0, x)

    x = X.copy()
    x[2] = x[3]
    assert check_objective(lambda x: (variation(x), right(x)), x).ok
    with pytest.raises(WrongGradient, match="a factor 2 is missing"):
        check_objective(lambda x: (variation(x), right(x) / 2), x)


def test_our_own_objective_passes():
    import backpaint
    from backpaint.examples import example_path

    double = backpaint.Reference(dtype="float64")
    objective = backpaint.objective(
        example_path("cat"), example_path("swirls"), size=32, engine=double
    )
    x = objective.initial() + np.random.default_rng(0).normal(size=objective.initial().shape)
    assert check_objective(objective, x, unit=0.01).ok


def test_pytorch_tensors_pass():
    torch = pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")

    def function(x):
        x.requires_grad_()
        value = (x**3).sum()
        return value, torch.autograd.grad(value, x)[0]

    assert check_objective(function, X / 255, to_array=torch.from_numpy).ok
