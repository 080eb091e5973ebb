"""The loss around a picture: slopes found in two ways, and a part of a picture as a problem."""

import numpy as np
import pytest

from backpaint.check.presets import consistent_problem
from backpaint.reference.engine import Reference
from backpaint.reference.objective import ReferenceObjective
from backpaint.views.landscape import cropped, difference, directions, surface, window_around
from backpaint.views.products import input_products


@pytest.fixture(scope="module")
def made():
    problem = consistent_problem("gatys")
    objective = Reference(dtype="float64").build(problem)
    x = np.random.default_rng(1).uniform(-100, 100, objective.shape)
    return objective, x, directions(objective, x)


def test_a_slope_is_the_same_by_the_gradient_and_by_the_loss(made):
    objective, x, along = made
    for direction in along:
        assert np.sqrt(np.mean(direction.move**2)) == pytest.approx(1)  # variable and pixels alike
        slope = difference(objective, x, direction, 1e-4)
        assert slope == pytest.approx(direction.slope, rel=1e-6)
    wrong = difference(objective, x + along[0].move, along[0], 1e-4)
    assert wrong != pytest.approx(along[0].slope, rel=1e-6)


def test_the_surface_is_the_loss_where_the_grid_says(made):
    objective, x, along = made
    told = []
    losses = surface(objective, x, along, [-1.0, 0.0], told.append)
    assert losses[1, 1] == objective.evaluate(x).loss
    there = x - along[0].move
    assert losses[0, 1] == pytest.approx(objective.evaluate(there).loss, rel=1e-12)
    assert losses[0, 1] < losses[1, 1]  # against the gradient it goes down
    assert told == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("at", "expected"), [((0, 0), (0, 0)), ((10, 10), (2, 1)), ((20, 16), (5, 1))]
)
def test_a_window_lies_within_the_picture(made, at, expected):
    problem = made[0].problem
    window = window_around(problem.shape, at, 16)
    assert (window[0].start, window[1].start) == expected
    part = cropped(problem, window)
    assert part.shape == (16, 16)
    assert np.array_equal(part.content, problem.content[window])
    assert window_around((9, 30), (0, 0), 16)[0] == slice(0, 9)


def test_products_add_up_to_what_the_reference_carries_back(made):
    objective, x, _ = made
    assert isinstance(objective, ReferenceObjective)
    for name, entry in (("conv1_1", (0, 5, 2)), ("conv2_1", (9, 0, 3)), ("conv1_2", (4, 4, 0))):
        grad_y, grad_x, own = objective.layer_gradients(x, name)
        products = input_products(grad_y, objective.network.filters[name], entry)
        assert products.total + own[entry] == pytest.approx(grad_x[entry], rel=1e-10)
        assert own.any() == (name == "conv1_2")  # whose input, relu1_1, the style looks at
    whole = objective.network.layer_gradients
    with pytest.raises(ValueError, match="deeper than every tap"):
        whole(objective.network.forward(x, ["relu1_1"]), {}, "conv1_1")


def test_the_gradient_at_the_first_layer_is_that_of_the_picture(made):
    objective, x, _ = made
    _, grad_x, _ = objective.layer_gradients(x, "conv1_1")
    order, scale = objective.network.input_map.order, objective.network.input_map.scale
    found = np.empty_like(grad_x)
    found[..., order] = grad_x
    assert np.allclose(found * scale, objective.evaluate(x).gradient, rtol=1e-12, atol=0)
