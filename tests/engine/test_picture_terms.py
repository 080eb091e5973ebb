"""Terms that look at the picture alone, added to an objective of any engine."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from msgspec.structs import replace as replace_fields

from backpaint.errors import UsageError
from backpaint.painting.run import run
from backpaint.problem.recipe import VARIATION_OPTIONS, Adam, TotalVariation
from backpaint.reference.terms import VariationTerm

from ..problems import pixels, start
from ..tolerances import DIRECTIONAL_DERIVATIVE, STEP, assert_agree, assert_close
from .seams import BUILDERS, SHAPE, TOLERANCE, assert_same_bits, problem_of, recipe_of
from .seams import engine as engine

OPTIONS = {"mean": True, "exponent": 1.25, "epsilon": 0.5, "wrap": True}


def variation(kind="power", **others):
    options = {name: OPTIONS[name] for name in VARIATION_OPTIONS[kind]}
    return TotalVariation(weight=30.0, kind=kind, **(options | others))


@dataclass(frozen=True)
class Pull:
    """Half the squared distance from a gray picture; finite loss and gradient where asked for."""

    name: str = "pull"
    loss_factor: float = 1.0
    gradient_factor: float = 1.0

    def evaluate(self, x):
        loss = 0.5 * float(np.square(x - 1).sum())
        return self.loss_factor * loss, self.gradient_factor * (x - 1)


@pytest.mark.parametrize("reported", [True, False])
def test_total_variation_may_be_added_or_stand_in_the_recipe(engine, reported):
    term = variation(reported=reported)
    recipe = recipe_of()
    problem = problem_of(replace_fields(recipe, total_variation=term))
    without = problem_of(replace_fields(recipe, total_variation=None))
    expected = BUILDERS[engine](problem).evaluate(start(problem))
    added = BUILDERS[engine](without).with_terms(VariationTerm(term))
    assert_agree(added.evaluate(start(problem)), expected, TOLERANCE[engine])


@pytest.mark.parametrize("kind", VARIATION_OPTIONS)
def test_directional_derivative_of_total_variation(kind):
    problem = problem_of(recipe_of())
    term, x = VariationTerm(variation(kind)), start(problem)
    loss, gradient = term.evaluate(x)
    assert gradient.dtype == np.float64
    v = np.copysign(np.random.default_rng(3).uniform(0.5, 1, x.shape), gradient)
    ahead, behind = (term.evaluate(x + step * v)[0] for step in (STEP, -STEP))
    slope = (ahead - behind) / (2 * STEP)
    assert loss > 0
    assert_close("slope", slope, np.sum(gradient * v), DIRECTIONAL_DERIVATIVE)


def test_the_added_gradient_is_that_of_the_added_loss():
    """A whole objective in float64, along one direction: the network is linear near by."""
    plain = BUILDERS["reference"](problem_of(recipe_of()))
    added = plain.with_terms(Pull(), VariationTerm(variation(mean=False)))
    x = start(plain.problem)
    v = np.random.default_rng(3).uniform(-1, 1, x.shape)
    step = STEP

    def extra(x):
        return added.evaluate(x).loss - plain.evaluate(x).loss

    slope = (extra(x + step * v) - extra(x - step * v)) / (2 * step)
    gradient = added.evaluate(x).gradient - plain.evaluate(x).gradient
    assert_close("slope", slope, np.sum(gradient * v), 1e-6)  # two large losses are subtracted


def test_everything_else_is_the_objectives_own(engine):
    plain = BUILDERS[engine](problem_of(recipe_of()))
    added = plain.with_terms(Pull()).with_terms(Pull("another", 2.0, 2.0))
    x = start(plain.problem)
    before, after = plain.evaluate(x), added.evaluate(x)
    assert list(after.terms) == [*before.terms, "pull", "another"]
    assert after.loss == sum(after.terms.values())
    assert np.array_equal(after.gradient, before.gradient + (x - 1) + 2 * (x - 1))
    assert added.terms(x.ravel()) == after.terms
    assert added(x.ravel())[0] == after.loss
    assert np.array_equal(added.initial(), plain.initial())
    assert np.array_equal(added.to_image(x), plain.to_image(x))
    assert_same_bits(plain.evaluate(x), before)
    other = pixels(*SHAPE, 20)
    expected = plain.with_content(other).with_terms(*added.picture_terms)
    assert_same_bits(added.with_content(other).evaluate(x), expected.evaluate(x))


def test_the_first_place_that_is_not_finite(engine):
    plain = BUILDERS[engine](problem_of(recipe_of()))
    x = start(plain.problem)
    for term, place in (
        (Pull("infinite", loss_factor=np.inf), "the term infinite"),
        (Pull("steep", gradient_factor=np.nan), "the gradient of the term steep"),
    ):
        added = plain.with_terms(Pull(), term)
        assert added.first_non_finite(x) == place
        assert added.first_non_finite(np.full_like(x, np.nan)) == "the picture itself"
        with np.errstate(over="ignore"):
            assert added.first_non_finite(x * 5e305).startswith("layer ")


@pytest.mark.parametrize("engine", ["gpu"], indirect=True)
def test_on_a_device_the_optimizer_moves_to_the_host(engine):
    recipe = replace_fields(recipe_of(), optimizer=Adam(iterations=2, rate=1.0))
    plain = BUILDERS[engine](problem_of(recipe))
    assert plain.descent() is not None
    assert plain.with_terms().descent() is not None
    assert plain.with_terms(Pull()).descent() is None


def test_a_run_follows_an_added_term():
    recipe = replace_fields(recipe_of(), optimizer=Adam(iterations=20, rate=20.0))
    plain = BUILDERS["cpu"](problem_of(recipe))
    strong = plain.with_terms(Pull(loss_factor=1e12, gradient_factor=1e12))
    result = run(strong, plain.initial())
    assert set(result.history[0].terms) == {*plain.problem.term_names, "pull"}
    assert result.history[-1].terms["pull"] < 0.1 * result.history[0].terms["pull"]
    assert np.abs(result.x - 1).mean() < 0.5 * np.abs(plain.initial() - 1).mean()


def test_names_are_not_given_twice():
    recipe = replace_fields(recipe_of(), total_variation=variation())
    plain = BUILDERS["reference"](problem_of(recipe))
    for terms in ((VariationTerm(variation()),), (Pull(), Pull()), (Pull("style relu1_1"),)):
        with pytest.raises(UsageError, match=r"two terms '.*; give the added one another"):
            plain.with_terms(*terms)
    twice = replace(VariationTerm(variation()), name="more total variation")
    evaluation = plain.with_terms(twice).evaluate(start(plain.problem))
    assert evaluation.terms[twice.name] == evaluation.terms["total variation"]
