"""Colors by a linear map: against other programs' numbers, SciPy's roots, and what defines each."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from backpaint.color.linear import color_map, color_moments

from ..problems import pixels

FORMS = ("cholesky", "root", "transport")
FLOOR = 1e-9
"""Of pictures whose covariance is not singular."""


def leveled(seed, height=9, width=11):
    """A picture of waves and grain in whole levels; any program can make it again."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [
        np.floor(
            100 + 60 * np.sin(x / (2 + c) + y / 3 + seed) + rng.uniform(0, 40, (height, width))
        )
        for c in range(3)
    ]
    return np.stack(waves, axis=-1)


def covariance(picture):
    return np.cov(picture.reshape(-1, 3).T, bias=True)


def test_transport_is_what_pot_computes():
    """POT 0.9.7, ot.gaussian.bures_wasserstein_mapping, both covariances with 1 on top."""
    found = color_map(leveled(1), leveled(2), "transport")
    expected = [
        [1.02878652, -0.04602669, 0.04349866],
        [-0.04602669, 1.03148708, -0.12337344],
        [0.04349866, -0.12337344, 0.86967724],
    ]
    np.testing.assert_allclose(found.matrix, expected, atol=1e-8)
    np.testing.assert_allclose(found.offset, [-1.02351449, 11.25947357, 4.59738212], atol=1e-7)


def test_root_and_transport_by_scipys_roots():
    style, content = leveled(1), leveled(2)
    s, c = (covariance(picture) + np.eye(3) for picture in (style, content))
    root, inverse = sqrtm(s), np.linalg.inv(sqrtm(s))
    expected = {"root": sqrtm(c) @ inverse, "transport": inverse @ sqrtm(root @ c @ root) @ inverse}
    for form, matrix in expected.items():
        np.testing.assert_allclose(color_map(style, content, form).matrix, matrix, atol=1e-10)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reaches_mean_and_covariance(form):
    style, content = leveled(1), leveled(2, 7, 13)
    matched = color_map(style, content, form, floor=FLOOR)(style)
    mean, reached = color_moments(matched)
    np.testing.assert_allclose(mean, content.reshape(-1, 3).mean(axis=0), rtol=1e-12)
    wanted = covariance(content)
    np.testing.assert_allclose(reached, wanted, atol=1e-11 * wanted.max())
    assert not color_map(style, content, form).is_capped


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_is_matched_to_itself_by_leaving_it(form):
    content = leveled(3)
    np.testing.assert_allclose(color_map(content, content, form).matrix, np.eye(3), atol=1e-12)


def test_what_tells_the_forms_apart():
    style, content = leveled(1), leveled(2)
    order = [2, 0, 1]
    matrices, exchanged = {}, {}
    for form in FORMS:
        matrices[form] = color_map(style, content, form).matrix
        exchanged[form] = color_map(style[..., order], content[..., order], form).matrix
    for form in ("root", "transport"):
        np.testing.assert_allclose(exchanged[form], matrices[form][np.ix_(order, order)], atol=1e-9)
    lower = matrices["cholesky"]
    np.testing.assert_allclose(lower, np.tril(lower), atol=1e-14)
    assert (np.diag(lower) > 0).all()
    assert np.abs(exchanged["cholesky"] - lower[np.ix_(order, order)]).max() > 1e-3
    np.testing.assert_allclose(matrices["transport"], matrices["transport"].T, atol=1e-12)
    assert np.linalg.eigvalsh(matrices["transport"]).min() > 0
    assert np.abs(matrices["root"] - matrices["root"].T).max() > 1e-3
    moved = {
        form: np.square(color_map(style, content, form)(style) - style).mean() for form in FORMS
    }
    assert moved["transport"] == min(moved.values())


GRAY = np.repeat(leveled(1)[..., :1], 3, axis=-1)
NEARLY_GRAY = np.rint(GRAY + np.random.default_rng(0).normal(0, 0.6, GRAY.shape))
FLAT = np.full((4, 5, 3), (120.0, 30.0, 200.0))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("floor", [1e-12, 1.0])
def test_pictures_without_color_stay_finite(form, floor):
    colorful = pixels(6, 7, 0)
    for style, content in (
        (GRAY, colorful), (colorful, GRAY), (FLAT, colorful), (colorful, FLAT), (FLAT, FLAT + 7),
        (NEARLY_GRAY, colorful), (GRAY, FLAT),
    ):  # fmt: skip
        found = color_map(style, content, form, floor=floor)
        matched = found(style)
        assert np.isfinite(matched).all()
        np.testing.assert_allclose(
            matched.reshape(-1, 3).mean(axis=0), content.reshape(-1, 3).mean(axis=0), rtol=1e-9
        )
        assert np.linalg.norm(found.matrix, 2) <= 5 * (1 + 1e-12)


def test_next_to_no_color_is_not_stretched_into_noise():
    colorful = pixels(6, 7, 0)
    free = color_map(NEARLY_GRAY, colorful, "transport", gain=1e300)
    capped = color_map(NEARLY_GRAY, colorful, "transport")
    assert (free.is_capped, capped.is_capped) == (False, True)
    values, limited = (np.linalg.eigvalsh(found.matrix) for found in (free, capped))
    assert values.max() > 20
    np.testing.assert_allclose(limited, np.minimum(values, 5), rtol=1e-9)
