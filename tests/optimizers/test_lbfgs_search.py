import inspect

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.optimizers import minimize
from backpaint.problem.recipe import LBFGS

from .cases import with_kinks
from .test_lbfgs import START, agree, torch_evaluations

SEARCH = LBFGS(iterations=60, line_search="strong-wolfe")


def steep_wall(x):
    """Falls gently towards a wall: first steps are too long, and cubics land near the ends."""
    wall = (x / 4) ** 5
    return float((wall * x - x).sum()), 6 * wall - 1


def slide(x):
    """Falls ever less steeply: steps are stretched before anything is enclosed.

    Curved enough that no cubic is through two points of a straight line, where rounding decides
    whether it has a minimum.
    """
    distance = np.sqrt(1 + (x / 10 - 1) ** 2)
    return float(distance.sum()), (x / 10 - 1) / 10 / distance


def rippled(x):
    """A bowl with ripples, whose losses rise and fall within one search."""
    return float((x**2 + 2 * np.sin(9 * x)).sum()), 2 * x + 18 * np.cos(9 * x)


def kink(x):
    """Flat on neither side, so that a search goes on until nothing is left of its interval.

    Curved on both sides, for the reason that `slide` has.
    """
    slopes = np.where(x < 0, -1.0, 50.0)
    return float(slopes @ x + 0.15 * x @ x), slopes + 0.3 * x


FUNCTIONS = {
    "kinks": with_kinks,
    "kink": kink,
    "wall": steep_wall,
    "slide": slide,
    "ripples": rippled,
}


@pytest.mark.parametrize(
    ("function", "ours", "theirs"),
    [
        ("valley", {}, {}),
        ("rosenbrock", {}, {}),
        ("ill_conditioned", {"rate": 5.0}, {"lr": 5.0}),
        ("wall", {}, {}),
        ("wall", {"rate": 9.0}, {"lr": 9.0}),
        ("slide", {"rate": 0.01}, {"lr": 0.01}),
        ("kinks", {"corrections": 3}, {"history_size": 3}),
        ("kinks", {"evaluations_per_step": 500}, {"max_eval": 500}),
        ("kink", {"evaluations_per_step": 500}, {"max_eval": 500}),
        ("ripples", {}, {}),
        (
            "rosenbrock",
            {"iterations_per_step": 7, "evaluations_per_step": 8},
            {"max_iter": 7, "max_eval": 8},
        ),
        ("ripples", {"evaluations_per_step": 3}, {"max_eval": 3}),
        # What is left of a step cuts its second search short.
        ("wall", {"evaluations_per_step": 5}, {"max_eval": 5}),
        ("wall", {"change_tolerance": 1e-2}, {"tolerance_change": 1e-2}),
        (
            "valley",
            {"gradient_tolerance": 0.1, "change_tolerance": 0},
            {"tolerance_grad": 0.1, "tolerance_change": 0},
        ),
        (
            "rosenbrock",
            {"iterations_per_step": 1000, "evaluations_per_step": 1250},
            {"max_iter": 60, "max_eval": 1250},
        ),
    ],
)
def test_every_evaluation_is_that_of_pytorch(function, ours, theirs, functions, pixels):
    """Loss by loss and point by point, bad trials of each search included."""
    torch = pytest.importorskip("torch", reason="the cross-check needs PyTorch")
    if "max_ls=" not in inspect.getsource(torch.optim.LBFGS.step) and "max_eval" in theirs:
        pytest.skip("this PyTorch gives each search 25 evaluations, whatever max_eval says")
    function = FUNCTIONS.get(function) or getattr(functions, function)
    recorder = functions.Recorder(function)
    outcome = minimize(recorder, START, replace(SEARCH, **ours), **pixels)
    count = len(recorder.points)
    assert count >= 9
    points, losses, x = torch_evaluations(
        function, START, count, line_search_fn="strong_wolfe", **theirs
    )
    # On the long way through a curved valley rounding grows, from 1e-16 to 1e-8.
    compared = 30 if function is functions.rosenbrock else count
    agree(recorder.losses[:compared], losses[:compared])
    agree(recorder.points[:compared], points[:compared])
    assert outcome.x == pytest.approx(x, abs=1e-4)
    assert outcome.loss == function(outcome.x)[0]
    assert outcome.evaluations == count


def test_no_accepted_loss_is_higher_than_the_one_before(functions, pixels):
    accepted = []
    minimize(with_kinks, START, SEARCH, callback=lambda _, x: accepted.append(x), **pixels)
    losses = [with_kinks(x)[0] for x in (START, *accepted)]
    assert len(losses) > 5
    assert losses == sorted(losses, reverse=True)


def test_clamping_is_refused_beside_a_search():
    with pytest.raises(ValueError, match="clip = pixels would move points"):
        LBFGS(iterations=1, clip="pixels", line_search="strong-wolfe")
