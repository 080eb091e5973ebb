"""Masks: where each style, the content and the painting itself count."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.check.recipe_twin import recipe_gradient
from backpaint.cpu import estimate_bytes
from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.gpu.device.device import emulate
from backpaint.problem.pixels import to_variable
from backpaint.problem.term_constants import style_constants
from backpaint.reference.engine import Reference
from backpaint.reference.gram import gram_forward
from backpaint.reference.objective import ReferenceObjective
from backpaint.regions import Regions
from backpaint.views.single_terms import evaluate_terms

from ..problems import start
from ..tolerances import SINGLE, WHOLE_GRADIENT, assert_agree, assert_close
from .seams import (
    BUILDERS,
    SHAPE,
    STYLE_SHAPES,
    TOLERANCE,
    assert_same_bits,
    problem_of,
    recipe_of,
)

HALVES = (0.5, 0.5)
ONES = np.ones(SHAPE)
RAMP = np.clip(np.linspace(-0.25, 1.25, SHAPE[1]), 0, 1) * ONES
LEFT = (np.arange(SHAPE[1]) < 5) * ONES
TOP = (np.arange(SHAPE[0]) < 7)[:, np.newaxis] * ONES
CORNER = np.pad([[1.0]], [(side - 1, 0) for side in SHAPE])
SPOTS = np.random.default_rng(5).random(STYLE_SHAPES[0])
STATISTICS = ("gram", "covariance", "mean-deviation", "wasserstein")


@pytest.fixture(params=["reference", "cpu", "cpu winograd"])
def engine(request):
    return request.param


def masked(recipe=None, shares=HALVES, keep=None, only=None, shown=(), painted=(), **others):
    regions = Regions(painted=painted, shown=shown, keep=keep, only=only)
    return problem_of(recipe or recipe_of(), shares, regions=regions, **others)


def evaluated(problem, engine="reference"):
    return BUILDERS[engine](problem).evaluate(start(problem))


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize(
    "painted",
    [(RAMP, 1 - RAMP), (LEFT, 1 - LEFT), (None, LEFT), (TOP, LEFT), (CORNER, None)],
    ids=["soft", "hard", "one", "overlapping, with a gap", "a pixel that pools drop"],
)
def test_engines_agree(statistic, painted):
    recipe = recipe_of(**{"style.statistic": statistic})
    problem = masked(recipe, painted=painted, shown=(SPOTS, None), keep=RAMP, only=1 - RAMP / 2)
    found, expected = evaluated(problem, "cpu"), evaluated(problem)
    assert_agree(found, expected, TOLERANCE["cpu"])


@pytest.mark.parametrize(
    "changes",
    [
        {"masks.propagate": "inside"},
        {"masks.propagate": "touching", "masks.power": 2},
        {"masks.strength": "equal", "style.shift": -1.0},
        {"masks.normalized": False, "content.divisor": "|P|^2", "style.divisor": "|A|^2"},
        {"style.statistic": "covariance", "style.match_area": True},
        {"style.statistic": "mean-deviation"},
        {"style.statistic": "wasserstein", "masks.power": 2, "style.epsilon": 0.1},
    ],
    ids=lambda changes: " ".join(map(str, changes.values())),
)
def test_autograd_and_central_differences_agree(changes):
    torch = pytest.importorskip("backpaint.check.libraries.torch", reason="PyTorch judges")
    recipe = recipe_of(**changes)
    problem = masked(
        recipe, (0.7, 0.3), painted=(RAMP, 1 - RAMP), shown=(None, STYLE_MASK), keep=RAMP, only=SOFT
    )
    objective, x = ReferenceObjective(problem), start(problem)
    found = objective.evaluate(x)
    loss, gradient = recipe_gradient(torch.Torch(), problem, x)
    assert_close("loss", found.loss, loss, WHOLE_GRADIENT["float64"])
    assert_close("gradient", found.gradient, gradient, WHOLE_GRADIENT["float64"])
    along = np.random.default_rng(3).normal(size=x.shape)
    along /= np.linalg.norm(along)
    slopes = [
        (objective.evaluate(x + h * along).loss - objective.evaluate(x - h * along).loss) / (2 * h)
        for h in (1e-4, 1e-5, 1e-6)  # the shortest cross no kink
    ]
    expected = np.vdot(found.gradient, along)
    off = min(abs(slope - expected) for slope in slopes) / np.linalg.norm(found.gradient)
    assert off < 1e-7, slopes


STYLE_MASK = np.tri(*STYLE_SHAPES[1])
SOFT = np.random.default_rng(6).random(SHAPE)


def test_masks_of_ones_leave_every_bit(engine):
    plain = problem_of(recipe_of(), HALVES)
    ones = masked(
        painted=(ONES, ONES), shown=(np.ones(STYLE_SHAPES[0]), None), keep=ONES, only=ONES
    )
    assert ones.regions is None
    assert_same_bits(evaluated(ones, engine), evaluated(plain, engine))


def test_a_style_alone_counts_as_with_a_mask_of_ones_beside_an_empty_table(engine):
    problem = masked(painted=(LEFT, 1 - LEFT), style_tables=({"relu1_1": 1.0}, {}))
    alone = masked(shares=(1.0,), painted=(LEFT,), style_tables=({"relu1_1": 1.0},))
    assert_same_bits(evaluated(problem, engine), evaluated(alone, engine))


def test_styles_exchanged_with_their_masks_are_the_same():
    problem = masked(shares=(0.7, 0.3), painted=(RAMP, 1 - RAMP), shown=(SPOTS, None))
    exchanged = replace(
        problem,
        styles=problem.styles[::-1],
        style_shares=problem.style_shares[::-1],
        regions=Regions(problem.regions.painted[::-1], problem.regions.shown[::-1]),
    )
    assert_agree(evaluated(exchanged), evaluated(problem), TOLERANCE["reference"])


@pytest.mark.parametrize("statistic", STATISTICS)
def test_regions_of_the_same_statistics_pull_together_as_the_whole_does(engine, statistic):
    recipe = recipe_of(**{"style.statistic": statistic})
    whole = problem_of(recipe)
    parts = replace(
        whole,
        styles=whole.styles * 2,
        style_shares=HALVES,
        regions=Regions((0.25 * ONES, 0.75 * ONES)),
    )
    assert_agree(evaluated(parts, engine), evaluated(whole), SINGLE)


def test_regions_that_share_an_area_add_up_to_the_whole_gram():
    problem = masked(painted=(RAMP, 1 - RAMP))
    objective = ReferenceObjective(problem)
    features = objective.network.forward(start(problem), ["relu2_1"])["relu2_1"]
    parts = [
        gram_forward(features, weights=region.painted_at("relu2_1"))
        for region in problem.style_regions
    ]
    np.testing.assert_allclose(sum(parts), gram_forward(features), rtol=1e-12)


def test_a_region_pulls_nothing_beyond_what_its_positions_see():
    problem = masked(
        recipe_of(content=None), (1.0,), painted=(LEFT,), style_tables=({"conv1_1": 1.0},)
    )
    gradient = evaluated(problem, "cpu").gradient
    assert gradient[:, :6].any(axis=(0, 2)).all()
    assert not gradient[:, 6:].any()


def test_small_regions_pull_per_pixel_as_large_ones_do():
    def pull(strength):
        recipe = recipe_of(**{"content": None, "masks.strength": strength})
        problem = masked(recipe, (1.0,), painted=(LEFT,))
        return problem, style_constants(problem)[0]["relu1_1"]

    problem, area = pull("area")
    _, equal = pull("equal")
    part = LEFT.mean()
    assert area.weight == pytest.approx(equal.weight * part)
    whole = style_constants(problem_of(problem.recipe))[0]["relu1_1"]
    pull_per_pixel = area.weight / (area.divisor * area.gram_divisor)
    assert pull_per_pixel == pytest.approx(whole.weight / (whole.divisor * whole.gram_divisor))


def test_only_a_part_is_painted_and_the_rest_is_the_content(engine):
    problem = masked(shares=(1.0,), only=LEFT)
    objective = BUILDERS[engine](problem)
    x = start(problem)
    gradient, content = objective.evaluate(x).gradient, problem.content
    assert not gradient[:, 5:].any()
    assert gradient[:, :5].any()
    shown = objective.as_painted(x)
    np.testing.assert_array_equal(
        shown[:, 5:], to_variable(content, problem.recipe.variable)[:, 5:]
    )
    np.testing.assert_array_equal(shown[:, :5], x[:, :5])
    np.testing.assert_array_equal(objective.to_image(x)[:, 5:], np.rint(content[:, 5:]))
    assert objective.descent() is None


def test_a_layer_without_a_position_of_a_region_is_left_out():
    small = np.zeros(SHAPE)
    small[:3, :3] = 1
    problem = masked(recipe_of(**{"masks.propagate": "inside"}), painted=(small, None))
    assert problem.layers_of_styles == ({"relu1_1": 0.5}, {"relu1_1": 0.5, "relu2_1": 0.7})
    assert_agree(evaluated(problem, "cpu"), evaluated(problem), TOLERANCE["cpu"])


@pytest.mark.parametrize(
    ("regions", "changes", "message"),
    [
        (Regions((RAMP,)), {}, "2 styles came with 1 masks; give one for each style"),
        (Regions((RAMP, RAMP[1:])), {}, r"mask 2 has the shape \(11, 9\); expected \(12, 9\)"),
        (Regions((RAMP, 2 * RAMP)), {}, "mask 2 has values from 0 to 2; expected 0 to 1"),
        (Regions(keep=ONES * np.nan), {}, "has values from nan to nan"),
        (Regions((0 * RAMP, None)), {}, "region of style 1 is empty at all of its layers"),
        (Regions(keep=RAMP), {"content": None}, "no content term"),
        (Regions(only=RAMP), {"content": None}, "there is no content"),
    ],
)
def test_masks_that_fit_nothing_are_refused(regions, changes, message):
    with pytest.raises(UsageError, match=message):
        problem_of(recipe_of(**changes), HALVES, regions=regions)


def test_statistics_of_means_are_always_normalized():
    with pytest.raises(UsageError, match="goes with Gram matrices alone"):
        recipe_of(**{"style.statistic": "wasserstein", "masks.normalized": False})


def test_the_gpu_refuses_masks_of_features_by_name():
    with emulate(), pytest.raises(UsageError, match="masks weigh positions; choose engine cpu"):
        GPUObjective(masked(painted=(RAMP, 1 - RAMP)))


def test_weights_are_counted_in_the_memory():
    plain = estimate_bytes(problem_of(recipe_of(), HALVES), threads=1)
    assert estimate_bytes(masked(painted=(RAMP, 1 - RAMP)), threads=1) > plain


def test_terms_one_by_one_add_up():
    problem = masked(
        recipe_of(**{"total_variation": {"weight": 5.0, "kind": "squared"}}),
        painted=(RAMP, 1 - RAMP),
        keep=RAMP,
        only=SOFT,
        style_tables=({"relu1_1": 1.0}, {"relu2_1": 0.5}),
    )
    parts = dict(evaluate_terms(problem, Reference(dtype="float64"), start(problem)))
    whole = evaluated(problem)
    assert {name: part.loss for name, part in parts.items()} == pytest.approx(whole.terms)
    total = sum(part.gradient for part in parts.values())
    assert_close("gradient", total, whole.gradient, WHOLE_GRADIENT["float64"])
