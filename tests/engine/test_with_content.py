"""Another content of the same size, in the same memory."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as replace_fields

from backpaint.errors import UsageError
from backpaint.gpu.network import bands

from ..problems import pixels, start
from .seams import BUILDERS, SHAPE, assert_same_bits, problem_of, recipe_of
from .seams import engine as engine

EVERY = pytest.mark.parametrize(
    "engine", ["reference", "cpu", "cpu winograd", "gpu"], indirect=True
)


@EVERY
def test_it_is_a_fresh_objective_bit_for_bit_and_both_take_turns(engine):
    recipe = recipe_of(**{"content.divisor": "|P|^2", "style.divisor": "|A|^2"})
    problem, other = problem_of(recipe, shares=(0.6, 0.4)), pixels(*SHAPE, 20)
    x = start(problem)
    first = BUILDERS[engine](problem)
    before = [first.evaluate(x) for _ in range(2)]  # on a GPU the second one is recorded
    second = first.with_content(other)
    fresh = BUILDERS[engine](problem.with_content(other))
    for _ in range(2):
        expected = fresh.evaluate(x)
        assert_same_bits(second.evaluate(x), expected)
        assert_same_bits(first.evaluate(x), before[-1])
    assert expected.terms["content relu1_2"] != before[0].terms["content relu1_2"]
    assert np.array_equal(second.initial(), fresh.initial())
    assert np.array_equal(first.initial(), BUILDERS["reference"](problem).initial())


@pytest.mark.slow  # tensor cores, emulated
@pytest.mark.parametrize("engine", ["gpu fast"], indirect=True)
def test_scales_of_float16_suit_the_new_content(engine):
    """The pictures before are nearly of one color, the other content is brighter than any."""
    problem, bright = problem_of(recipe_of()), 300 * pixels(*SHAPE, 20)
    color = np.array([123.7, 116.8, 103.9])
    dim, style = (color + 1e-3 * pixels for pixels in (problem.content, problem.styles[0]))
    problem = replace(problem, content=dim, styles=(style,))
    x = start(problem)
    first = BUILDERS[engine](problem)
    before = [first.evaluate(x) for _ in range(2)][-1]
    second = first.with_content(bright)
    scales = [objective.network.layout.scales.features for objective in (first, second)]
    assert scales[0]["conv1_2"] > 1000 * scales[1]["conv1_2"]
    fresh = BUILDERS[engine](problem.with_content(bright))
    for _ in range(2):
        assert_same_bits(second.evaluate(x), fresh.evaluate(x))
        assert_same_bits(first.evaluate(x), before)


@pytest.mark.parametrize("engine", ["reference", "cpu"], indirect=True)
def test_without_a_content_term_only_the_start_changes(engine):
    problem = problem_of(replace_fields(recipe_of(), content=None))
    other = pixels(*SHAPE, 20)
    objective = BUILDERS[engine](problem)
    changed = objective.with_content(other)
    assert_same_bits(changed.evaluate(start(problem)), objective.evaluate(start(problem)))
    assert np.array_equal(changed.to_image(changed.initial()), np.rint(other).astype(np.uint8))


@pytest.mark.parametrize("shape", [(9, 12, 3), (12, 10, 3), (12, 9), (12, 9, 4)])
def test_another_shape_is_refused(shape):
    objective = BUILDERS["reference"](problem_of(recipe_of()))
    with pytest.raises(UsageError, match=r"has the shape .*the picture to paint \(12, 9, 3\)"):
        objective.with_content(np.zeros(shape))


def test_the_engine_cpu_shares_its_memory():
    objective = BUILDERS["cpu"](problem_of(recipe_of()))
    other = objective.with_content(pixels(*SHAPE, 20))
    assert other.network is objective.network
    assert other.convolutions is objective.convolutions


@pytest.mark.parametrize("engine", ["gpu"], indirect=True)
def test_a_picture_that_runs_in_bands_takes_another_content(engine, monkeypatch):
    monkeypatch.setattr(bands, "BAND_POSITIONS", 4 * SHAPE[1])
    problem = problem_of(recipe_of(**{"content.layers": {"relu2_1": 1.0}}))
    other, x = pixels(*SHAPE, seed=20), start(problem)
    assert len(bands.cut_of(problem, SHAPE).bands) == 3
    first = BUILDERS[engine](problem)
    before = first.evaluate(x)
    fresh = BUILDERS[engine](problem.with_content(other))
    assert_same_bits(first.with_content(other).evaluate(x), fresh.evaluate(x))
    assert_same_bits(first.evaluate(x), before)
