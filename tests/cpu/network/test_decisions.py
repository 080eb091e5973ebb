"""Whole gradients on real pictures and real weights, with every decision accounted for.

Where float32 decides otherwise than float64 (a ReLU at its kink, two equal candidates of a max
pool) the gradients differ by more than rounding, and rightly so.  So the reference is held to the
engine's decisions (`backpaint.check.decisions`), and what is left must be rounding.
"""

import numpy as np
import pytest

from backpaint.check.decisions import DecidedNetwork
from backpaint.check.near_ties import Difference, differences
from backpaint.cpu import CPUObjective
from backpaint.examples import example_path
from backpaint.images.read import read_image
from backpaint.images.resize import resize
from backpaint.presets import load_preset, preset_names
from backpaint.problem.problem import Problem
from backpaint.reference.objective import ReferenceObjective
from backpaint.weights import load_weights

from ...tolerances import WHOLE_GRADIENT, assert_close

WINOGRAD_GRADIENT = 1e-5
"""Measured: below 2e-6."""
MOST_DIFFERENCES = 1e-5
"""The largest part of all decisions that may be other ones; measured: below 1e-6."""
NEAR_TIE = 2e-6
"""How far apart two candidates may be that rounding exchanges, over the layer's largest."""

PAIRS = (("cat", "swirls"), ("astronaut", "mosaic"))
QUICK = "jcjohnson"


def example(name: str, height: int, width: int) -> np.ndarray:
    return np.clip(resize(read_image(example_path(name)).pixels, height, width), 0, 255)


def painting(preset: str, content: str, style: str, shape: tuple[int, int]) -> Problem:
    recipe = load_preset(preset)
    return Problem(
        recipe=recipe,
        weights=load_weights(recipe.weights),
        content=example(content, *shape) if recipe.content else None,
        styles=(example(style, *shape),) if recipe.style else (),
        style_shares=(1.0,) if recipe.style else (),
        shape=shape,
    )


def near_start(reference: ReferenceObjective) -> np.ndarray:
    """Where the descent begins, and some noise: there all terms count."""
    x = reference.initial(seed=0)
    noise = np.random.default_rng(0).normal(size=x.size)
    return (x + 0.1 * (x.std() + 1e-3) * noise).reshape(*reference.problem.shape, 3)


def all_values(network, x):
    return network.forward(x, [layer.name for layer in network.layers])


def assert_only_near_ties_differ(values, found: list[Difference]) -> None:
    for difference in found:
        y = values[difference.convolution]
        (lead,) = difference.lead(y.__getitem__)
        assert 0 <= lead <= NEAR_TIE * np.abs(y).max(), difference


def assert_only_rounding_is_left(problem: Problem, report) -> None:
    reference = ReferenceObjective(problem)
    plain, x = reference.network, near_start(reference)
    values = all_values(plain, x)
    for exact, tolerance in ((False, WINOGRAD_GRADIENT), (True, WHOLE_GRADIENT["float32"])):
        engine = CPUObjective(problem, threads=2, exact=exact)
        decisions = engine.decisions(x)
        found = list(differences(plain, values, decisions))
        assert_only_near_ties_differ(values, found)
        reference.network = DecidedNetwork(plain, decisions)
        held = reference.evaluate(x).gradient
        used = assert_close("gradient", engine.evaluate(x).gradient, held, tolerance)
        report(f"{problem.recipe.name}: {len(found)} other decisions, {used:.0%} of {tolerance}")
        assert len(found) <= 2 + MOST_DIFFERENCES * sum(d.size for d in decisions.values())


def test_gradient_of_a_real_picture(record_property):
    problem = painting(QUICK, *PAIRS[0], (33, 42))
    assert_only_rounding_is_left(problem, lambda line: record_property("accuracy", line))


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("preset", preset_names())
def test_gradient_of_every_preset_on_real_pictures(preset, pair, record_property):
    problem = painting(preset, *pair, (96, 123))
    assert_only_rounding_is_left(problem, lambda line: record_property("accuracy", line))


@pytest.mark.parametrize("preset", ["gatys", "pytorch-tutorial"])
def test_its_own_decisions_change_nothing(preset):
    reference = ReferenceObjective(painting(preset, *PAIRS[1], (17, 20)))
    x = near_start(reference)
    values = all_values(reference.network, x)
    decisions = CPUObjective(reference.problem, threads=1).decisions(x)
    assert not list(differences(reference.network, values, decisions))
    expected = reference.evaluate(x).gradient
    reference.network = DecidedNetwork(reference.network, decisions)
    assert_close("gradient", reference.evaluate(x).gradient, expected, 1e-12)


def test_another_decision_is_counted_and_followed():
    reference = ReferenceObjective(painting("pytorch-tutorial", *PAIRS[0], (17, 20)))
    plain, x = reference.network, near_start(reference)
    values = all_values(plain, x)
    decisions = CPUObjective(reference.problem, threads=1).decisions(x)
    before = set(differences(plain, values, decisions))
    for layer in ("relu1_1", "pool1"):
        other = {name: taken.copy() for name, taken in decisions.items()}
        place = tuple(map(int, np.argwhere(other[layer])[-1]))
        other[layer][place] = False
        (added,) = set(differences(plain, values, other)) - before
        assert (added.layer, added.leader, added.taken) == (layer, place, None)
        reference.network = DecidedNetwork(plain, other)
        changed = reference.evaluate(x).gradient
        reference.network = plain
        assert not np.allclose(changed, reference.evaluate(x).gradient, rtol=1e-9, atol=0)
