import math

import numpy as np
import pytest

from backpaint.optimizers import minimize
from backpaint.problem.recipe import Adam

START = np.array([-1.2, 1.0, 0.5, -0.3, 2.0])
TENSORFLOW = {"rate": 0.02, "beta1": 0.99, "beta2": 0.999, "epsilon": 0.1}


def run(options, function, x0, pixels):
    points = []
    outcome = minimize(function, x0, options, callback=lambda _, x: points.append(x), **pixels)
    return outcome, np.array(points)


def test_finds_the_minimum_of_rosenbrock(functions, pixels):
    options = Adam(iterations=5_000, rate=0.05)
    outcome, _ = run(options, functions.rosenbrock, np.array([-1.2, 1.0]), pixels)
    assert outcome.x == pytest.approx([1, 1], abs=1e-6)
    assert outcome.reason == "all 5000 iterations are done"
    assert outcome.iterations == outcome.evaluations == 5_000


def test_finds_the_minimum_of_an_ill_conditioned_quadratic(functions, pixels):
    outcome, _ = run(Adam(iterations=4000, rate=0.02), functions.ill_conditioned, START, pixels)
    assert outcome.x == pytest.approx([1, 2, 3, 4, 5], abs=1e-6)


def torch_trajectory(function, x0, iterations, **options):
    torch = pytest.importorskip("torch", reason="the cross-check needs PyTorch")
    x = torch.tensor(x0, requires_grad=True)
    optimizer = torch.optim.Adam([x], **options)
    points = []
    for _ in range(iterations):
        x.grad = torch.from_numpy(function(x.detach().numpy())[1])
        optimizer.step()
        points.append(x.detach().numpy().copy())
    return np.array(points)


@pytest.mark.parametrize(
    ("beta1", "beta2", "epsilon"), [(0.9, 0.999, 1e-8), (0.99, 0.999, 0.1), (0.5, 0.9, 1e-3)]
)
def test_paper_form_is_that_of_pytorch(beta1, beta2, epsilon, functions, pixels):
    options = Adam(iterations=100, rate=0.05, beta1=beta1, beta2=beta2, epsilon=epsilon)
    _, points = run(options, functions.valley, START, pixels)
    expected = torch_trajectory(
        functions.valley, START, 100, lr=0.05, betas=(beta1, beta2), eps=epsilon
    )
    assert points == pytest.approx(expected, rel=0, abs=1e-12 * np.abs(expected).max())


def tensorflow_trajectory(function, x0, iterations, *, rate, beta1, beta2, epsilon):
    """`tf.train.AdamOptimizer` as its documentation words it, one number at a time."""
    x, m, v = list(x0), [0.0] * len(x0), [0.0] * len(x0)
    points = []
    for t in range(1, iterations + 1):
        gradient = function(np.array(x))[1]
        for i, g in enumerate(gradient):
            lr_t = rate * math.sqrt(1 - beta2**t) / (1 - beta1**t)
            m[i] += (1 - beta1) * (float(g) - m[i])
            v[i] += (1 - beta2) * (float(g) * float(g) - v[i])
            x[i] -= lr_t * m[i] / (math.sqrt(v[i]) + epsilon)
        points.append(list(x))
    return np.array(points)


def test_hat_form_is_that_of_tensorflow(functions, pixels):
    options = Adam(iterations=300, epsilon_form="hat", **TENSORFLOW)
    _, points = run(options, functions.valley, START, pixels)
    expected = tensorflow_trajectory(functions.valley, START, 300, **TENSORFLOW)
    assert points == pytest.approx(expected, rel=0, abs=1e-12 * np.abs(expected).max())


def test_the_first_step_by_hand(pixels):
    # For gradient 1: m = 0.01, v = 0.001.
    #   paper: 0.02 * (0.01 / 0.01) / (sqrt(0.001 / 0.001) + 0.1) = 0.02 / 1.1
    #   hat:   0.02 * sqrt(0.001) / 0.01 * 0.01 / (sqrt(0.001) + 0.1) = 0.02 / (1 + 0.1 / 0.0316228)
    def slope(x):
        return 0.0, np.ones_like(x)

    paper, _ = run(Adam(iterations=1, **TENSORFLOW), slope, np.zeros(1), pixels)
    hat, _ = run(Adam(iterations=1, epsilon_form="hat", **TENSORFLOW), slope, np.zeros(1), pixels)
    assert paper.x == pytest.approx(-0.0181818182, abs=1e-10)
    assert hat.x == pytest.approx(-0.0048050615, abs=1e-10)


def test_the_forms_differ_when_epsilon_is_large_and_only_then(functions, pixels):
    def both(epsilon):
        options = {**TENSORFLOW, "epsilon": epsilon}
        paper, _ = run(Adam(iterations=100, **options), functions.valley, START, pixels)
        hat, _ = run(
            Adam(iterations=100, epsilon_form="hat", **options), functions.valley, START, pixels
        )
        return np.abs(paper.x - hat.x).max()

    assert both(0.1) > 0.05
    assert both(1e-12) < 1e-9


def test_a_pixel_without_gradient_stays_where_it_is_without_epsilon(functions, pixels):
    def only_the_first(x):
        return float(x[0]), np.array([1.0, 0.0])

    for form in ("paper", "hat"):
        options = Adam(iterations=3, rate=0.5, epsilon=0, epsilon_form=form)
        outcome, _ = run(options, only_the_first, np.array([9.0, 4.0]), pixels)
        assert outcome.x == pytest.approx([7.5, 4.0], rel=1e-12)


def test_momentum_carries_on_where_the_gradient_vanishes(pixels):
    gradients = iter([np.ones(1), np.zeros(1), np.zeros(1)])
    options = Adam(iterations=3, rate=0.1)
    outcome, points = run(options, lambda x: (0.0, next(gradients)), np.zeros(1), pixels)
    assert outcome.iterations == 3
    assert (np.diff(points[:, 0]) < 0).all()
