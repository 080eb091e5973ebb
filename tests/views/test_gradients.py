"""Gradient maps: the terms are what the objective adds up, for a level of a pixel."""

import numpy as np
import pytest

import backpaint
from backpaint.errors import UsageError

pytestmark = pytest.mark.usefixtures("thin_networks")

# The paper's; one in units of 0 to 1 with total variation; one whose gradients are normalized.
PRESETS = ("gatys", "tf-tutorial", "andersbll")


def maps_at_noise(cat, swirls, preset, **options):
    return backpaint.gradient_maps(
        cat,
        swirls,
        at="noise",
        preset=preset,
        engine=backpaint.Reference(dtype="float64"),
        size=40,
        **options,
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_terms_add_up_to_the_objectives_gradient(preset, cat, swirls):
    maps = maps_at_noise(cat, swirls, preset)
    objective = backpaint.objective(
        cat, swirls, preset=preset, size=40, engine=backpaint.Reference(dtype="float64")
    )
    variable = objective.problem.recipe.variable
    x = (maps.picture * variable.scale - np.array(variable.mean)) / variable.std
    terms = objective.terms(x.ravel())
    assert [term.name for term in maps.terms] == list(terms)
    for term in maps.terms:
        assert term.loss == pytest.approx(terms[term.name], rel=1e-10)
    gradient = objective(x.ravel())[1].reshape(x.shape) * variable.scale / variable.std
    error = np.abs(maps.whole.gradient - gradient).max() / np.abs(gradient).max()
    assert error < 1e-10
    assert sum(maps.share(term) for term in maps.terms) == pytest.approx(1)


def test_the_unit_is_one_level_of_a_pixel(cat, swirls):
    """The loss of a preset in units of 0 to 1, moved along the gradient by a small level."""
    maps = maps_at_noise(cat, swirls, "tf-tutorial")
    objective = backpaint.objective(
        cat, swirls, preset="tf-tutorial", size=40, engine=backpaint.Reference(dtype="float64")
    )
    v = maps.whole.gradient / maps.whole.norm
    ahead, behind = (objective((maps.picture + s * v).ravel() / 255)[0] for s in (1e-3, -1e-3))
    assert (ahead - behind) / 2e-3 == pytest.approx(maps.whole.norm, rel=1e-5)


def test_magnitude_is_the_length_over_colors(cat, swirls):
    (content, *_) = maps_at_noise(cat, swirls, "gatys").terms
    by_hand = np.sqrt((content.gradient**2).sum(axis=2))
    np.testing.assert_allclose(content.magnitude, by_hand)
    assert content.norm == pytest.approx(np.sqrt((by_hand**2).sum()))


def test_content_has_no_gradient_at_the_content(cat, swirls):
    maps = backpaint.gradient_maps(cat, swirls, size=40)
    content, *styles = maps.terms
    assert (content.loss, content.norm, maps.share(content)) == (0, 0, 0)
    assert all(style.norm > 0 for style in styles)
    assert maps.where == "the start: content"


def test_a_painting_is_fitted_to_the_size(cat, swirls):
    maps = backpaint.gradient_maps(cat, swirls, at=swirls, size=40)
    assert maps.picture.shape == maps.terms[0].gradient.shape == (34, 40, 3)
    assert maps.where == "array, stretched"
    assert backpaint.gradient_maps(cat, at=cat, size=40).where == "array"


def test_without_a_style_only_the_content_is_left(cat):
    maps = backpaint.gradient_maps(cat, at="noise", size=40)
    assert [term.name for term in maps.terms] == ["content relu4_2"]
    assert maps.table()[-1].split()[-2:] == ["100.0", "%"]


def test_nothing_at_all_is_drawn_dark(cat):
    """Content alone at the content: every gradient is zero, and so is every share."""
    maps = backpaint.gradient_maps(cat, at="content", size=40)
    assert maps.share(maps.whole) == 0
    assert maps.sheet().shape[2] == 3


def test_scales_are_own_or_common(cat, swirls):
    own = backpaint.gradient_maps(cat, swirls, size=40).sheet()
    common = backpaint.gradient_maps(cat, swirls, size=40, scale="common").sheet()
    assert own.mean() > common.mean()
    with pytest.raises(UsageError, match="expected own or common"):
        backpaint.gradient_maps(cat, swirls, scale="both")
