"""The terms of an objective by hand: two positions, two channels, one number a formula."""

from fractions import Fraction
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from backpaint.gpu.terms.variation import LAUNCHERS
from backpaint.problem.recipe import VARIATION_OPTIONS, TotalVariation
from backpaint.problem.term_constants import ContentConstants, StyleConstants
from backpaint.reference.terms import (
    VARIATIONS,
    VariationTerm,
    content_term,
    l1_normalized,
    style_by_target,
    style_target,
    style_term,
    variation_term,
)

F = np.array([[[1.0, 3.0], [2.0, 5.0]]])  # Gram [[5, 13], [13, 34]]
P = np.array([[[0.0, 3.0], [4.0, 4.0]]])  # F - P = [[1, 0], [-2, 1]], SSE 6
A = np.array([[4.0, 13.0], [13.0, 36.0]])
# G - A = [[1, 0], [0, -2]], SSE 5; its slope through the Gram matrix is F (R + R') = 2 F R with
# R = 2 (G - A): rows (1, 3) and (2, 5) become 4 * (1, -6) and 4 * (2, -10).
STYLE_SLOPE = np.array([[[4.0, -24.0], [8.0, -40.0]]])


def of_content(divisor: float, **others: Any) -> ContentConstants:
    return ContentConstants("relu1_1", weight=3.0, divisor=divisor, **others)


def of_style(divisor: float, gram_divisor: float = 1.0, **others: Any) -> StyleConstants:
    by = {"gram_divisor": gram_divisor, "target_gram_divisor": 5.0} | others
    return StyleConstants("relu1_1", 0, weight=3.0, divisor=divisor, **by)


@pytest.mark.parametrize("divisor", [1.0, 16.0])
def test_content(divisor):
    loss, gradient = content_term(F, P, of_content(divisor))
    assert loss == 3 * 6 / divisor
    np.testing.assert_allclose(gradient, 3 * 2 * (F - P) / divisor, rtol=1e-15)


def test_content_reported_as_half_norm_keeps_its_gradient():
    loss, gradient = content_term(F, P, of_content(2.0, reported="half-norm"))
    assert loss == 3 * 0.5 * np.sqrt(6)
    np.testing.assert_array_equal(gradient, 3 * (F - P))


def test_content_divided_by_the_sum_of_its_gradient():
    loss, gradient = content_term(F, P, of_content(2.0, l1_epsilon=4.0))
    assert loss == pytest.approx(3 * 3 / (4 + 4), rel=1e-15)  # |1| + |-2| + |1| = 4, and epsilon
    np.testing.assert_allclose(gradient, 3 * (F - P) / 8, rtol=1e-15)


@pytest.mark.parametrize(("target", "divisor"), [(A, np.sum(A**2)), (0 * A, 1.0)])
def test_the_style_decides_a_divisor_that_is_its_own(target, divisor):
    assert style_by_target(of_style(1.0, is_relative=True), target).divisor == divisor
    assert style_by_target(of_style(3.0), target).divisor == 3.0


@pytest.mark.parametrize(("statistic", "divisor"), [("covariance", 0.25), ("wasserstein", 1.0)])
def test_only_the_covariance_of_a_distribution_decides_a_divisor(statistic, divisor):
    by = {"target_gram_divisor": 0.5, "is_relative": True}  # 0.25 / 0.5 asked for, 0.25 squared
    constants = of_style(1.0, statistic=statistic, **by)
    target = style_target(np.array([[[0.0], [1.0]]]), constants)
    assert style_by_target(constants, target).divisor == divisor


@pytest.mark.parametrize("divisor", [1.0, 1600.0])
def test_style(divisor):
    loss, gradient = style_term(F, A, of_style(divisor))
    assert loss == pytest.approx(3 * 5 / divisor, rel=1e-15)
    np.testing.assert_allclose(gradient, 3 * STYLE_SLOPE / divisor, rtol=1e-14)


@pytest.mark.parametrize("gram_divisor", [2.0, 4.0])
def test_style_with_divided_gram_matrices(gram_divisor):
    loss, gradient = style_term(F, A / gram_divisor, of_style(1.0, gram_divisor))
    assert loss == pytest.approx(3 * 5 / gram_divisor**2, rel=1e-15)
    np.testing.assert_allclose(gradient, 3 * STYLE_SLOPE / gram_divisor**2, rtol=1e-14)


def test_style_divided_by_the_sum_of_its_gradient():
    loss, gradient = style_term(F, A, of_style(4.0, l1_epsilon=1.0))
    total = (4 + 24 + 8 + 40) / 4 + 1
    assert loss == pytest.approx(3 * 5 / 4 / total, rel=1e-15)
    np.testing.assert_allclose(gradient, 3 * STYLE_SLOPE / 4 / total, rtol=1e-14)


@pytest.mark.parametrize("area", [Fraction(1), Fraction(3, 2)])
def test_style_target(area):
    constants = of_style(1.0, gram_divisor=7.0, target_gram_divisor=4.0, area=area)
    target = style_target(F, constants)
    np.testing.assert_array_equal(target, np.array([[5, 13], [13, 34]]) / 4 * float(area))
    assert style_target(F.astype(np.float32), constants).dtype == np.float32


X = np.array([[1.0, 3.0, 8.0], [1.0, 1.0, 2.0]])[:, :, np.newaxis]  # dx 2 5, 0 1; dy 0 -2 -6


@pytest.mark.parametrize(
    ("options", "loss", "corner"),
    [
        ({"kind": "absolute"}, 16, 2),  # the corner is the last pixel of the first row
        ({"kind": "absolute", "mean": True}, 8 / 4 + 8 / 3, 1 / 4 + 1 / 3),
        ({"kind": "squared"}, 70, 22),
        ({"kind": "squared", "mean": True}, 30 / 4 + 40 / 3, 10 / 4 + 12 / 3),
        ({"kind": "power", "exponent": 2.0}, 16 + 29**2, 2 * 29 * 10),
        ({"kind": "power", "exponent": 2.0, "mean": True}, (16 + 29**2) / 2, 29 * 10),
        ({"kind": "power", "epsilon": 3.0}, 39, 10),
        # (dx, dy) also (-7, -6) at the corner, (0, 0), (1, 2) and (-1, 6) in the second row
        ({"kind": "power", "wrap": True}, 33 + 85 + 0 + 5 + 37, 10 + 14 + 24),
    ],
)
def test_total_variation(options, loss, corner):
    variation = TotalVariation(weight=3.0, **options)
    found, gradient = variation_term(X, variation)
    assert found == pytest.approx(3 * loss, rel=1e-15)
    assert gradient[0, 2, 0] == pytest.approx(3 * corner, rel=1e-15)


@pytest.mark.parametrize("kind", [kind for kind, keys in VARIATION_OPTIONS.items() if not keys])
def test_a_penalty_without_options_is_weighted(kind):
    forward, backward = VARIATIONS[kind]
    loss, gradient = variation_term(X, TotalVariation(weight=3.0, kind=kind))
    assert loss == 3 * forward(X) > 0
    np.testing.assert_array_equal(gradient, backward(3.0, X))


def test_every_kind_of_total_variation_has_its_options_functions_and_kernels():
    kinds = get_type_hints(TotalVariation)["kind"]
    assert get_args(kinds) == tuple(VARIATION_OPTIONS) == tuple(VARIATIONS) == tuple(LAUNCHERS)


def test_total_variation_that_is_not_reported_keeps_its_gradient():
    loss, gradient = variation_term(X, TotalVariation(weight=3.0, kind="squared", reported=False))
    assert loss == 0
    assert gradient[0, 2, 0] == 66


def test_l1_normalized():
    loss, gradient = l1_normalized(10.0, np.array([1.0, -3.0]), 1.0)
    assert loss == 2
    np.testing.assert_array_equal(gradient, [0.2, -3 * 0.2])
    loss, gradient = l1_normalized(10.0, np.array([0.25, -0.25]), 0.0)
    assert loss == 20
    np.testing.assert_array_equal(gradient, [0.5, -0.5])


@pytest.mark.parametrize(("epsilon", "expected"), [(0.0, 0), (0.5, 20)])
def test_l1_normalized_without_a_slope(epsilon, expected):
    """Far from its target, yet flat: features of zeros have no slope through a Gram matrix."""
    loss, gradient = l1_normalized(10.0, np.zeros(3), epsilon)
    assert loss == expected
    assert not gradient.any()


def test_float32_terms_have_float32_gradients():
    f, p, a = (array.astype(np.float32) for array in (F, P, A))
    for loss, gradient in (
        content_term(f, p, of_content(2.0, l1_epsilon=1e-8)),
        style_term(f, a, of_style(16.0, 2.0, l1_epsilon=0.0)),
        variation_term(f, TotalVariation(weight=3.0, kind="power", exponent=1.25)),
    ):
        assert isinstance(loss, float)
        assert gradient.dtype == np.float32


def test_total_variation_as_a_term_of_its_own_is_float64():
    variation = TotalVariation(weight=3.0, kind="power", exponent=1.25)
    term = VariationTerm(variation)
    assert term.name == "total variation"
    expected_loss, expected = variation_term(X, variation)
    loss, gradient = term.evaluate(X)
    assert loss == expected_loss
    np.testing.assert_array_equal(gradient, expected)
    assert term.evaluate(X.astype(np.float32))[1].dtype == np.float64
