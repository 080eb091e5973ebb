"""Edge padding, alone and in front of the first convolution of a network."""

import numpy as np
import pytest

from backpaint.cpu import CPUObjective
from backpaint.presets import recipe
from backpaint.problem.problem import Problem
from backpaint.reference.edge_pad import edge_pad_backward, edge_pad_forward
from backpaint.reference.objective import ReferenceObjective
from backpaint.weights import load_weights


def test_by_hand():
    x, grad_y = np.array([[[1.0], [2.0]]]), np.arange(12.0).reshape(3, 4, 1)
    assert edge_pad_forward(x)[:, :, 0].tolist() == 3 * [[1, 1, 2, 2]]
    # the columns 0, 1 and 2, 3 of all three rows
    assert edge_pad_backward(grad_y)[:, :, 0].tolist() == [[27, 39]]


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(5)
    layers = {"style.layers": {"relu1_1": 1.0, "relu1_2": 1.0}, "content.layers": {"conv1_1": 1.0}}
    made = recipe("gatys", changes=layers | {"network.first_padding": "edge"})
    pictures = [rng.uniform(0, 255, (*size, 3)) for size in ((9, 11), (7, 10))]
    return Problem(made, load_weights("vgg19"), pictures[0], (pictures[1],), (1.0,), (9, 11))


def test_the_directional_derivative_is_the_gradients(problem):
    rng = np.random.default_rng(6)
    objective = ReferenceObjective(problem, dtype=np.float64)
    x, direction = rng.uniform(0, 255, 297), rng.standard_normal(297)
    step = 1e-5
    slope = (objective(x + step * direction)[0] - objective(x - step * direction)[0]) / (2 * step)
    assert slope == pytest.approx(objective(x)[1] @ direction, rel=1e-7)


@pytest.mark.parametrize("exact", [False, True])
def test_the_engine_cpu_agrees_at_the_border_too(problem, exact):
    x = np.random.default_rng(7).uniform(0, 255, 297)
    loss, gradient = ReferenceObjective(problem, dtype=np.float64)(x)
    found, fast = CPUObjective(problem, threads=2, exact=exact)(x)
    assert found == pytest.approx(loss, rel=1e-5)
    assert np.abs(fast - gradient).max() <= 1e-5 * np.abs(gradient).max()


def test_a_flat_picture_has_no_border_any_more():
    """Zeros around white are an edge, which features show; repeated white is none."""
    white = np.full((4, 5, 3), 255.0)
    for padding, seen in (("zeros", True), ("edge", False)):
        layers = {"style": None, "content.layers": {"conv1_1": 1.0}}
        made = recipe("gatys", changes=layers | {"network.first_padding": padding})
        problem = Problem(made, load_weights("vgg19"), white, (), (), (4, 5))
        features = ReferenceObjective(problem).network.forward(white, ["conv1_1"])["conv1_1"]
        assert (np.ptp(features, axis=(0, 1)).max() > 1) == seen
