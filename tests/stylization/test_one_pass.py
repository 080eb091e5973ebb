"""`backpaint.stylize`: mixtures, sizes, what a picture carries, and what is refused."""

import json

import numpy as np
import pytest

import backpaint
from backpaint.errors import UsageError
from backpaint.images import Photograph, read_metadata
from backpaint.problem.gray import LUMA
from backpaint.stylization import one_pass
from backpaint.stylization.engines import networks_near, one_pass_engine
from backpaint.stylization.one_pass import padded, paint_in_one_pass, read_style

RNG = np.random.default_rng(0)
CONTENT, STYLE, OTHER = (RNG.uniform(0, 255, (h, w, 3)) for h, w in ((20, 27), (40, 30), (9, 64)))


@pytest.fixture(scope="module")
def networks():
    return networks_near(backpaint.CPU(threads=1))


def stylize(content=CONTENT, style=STYLE, **options):
    return backpaint.stylize(content, style, engine=backpaint.CPU(threads=1), **options)


def test_a_name_is_not_hidden_by_a_module():
    assert callable(backpaint.stylize)


def test_styles_are_mixed_by_their_numbers(networks):
    both = stylize(style=[STYLE, OTHER], style_shares=[3, 1])
    expected = 0.75 * read_style(networks, STYLE) + 0.25 * read_style(networks, OTHER)
    np.testing.assert_allclose(both.numbers, expected, rtol=1e-6, atol=1e-6)
    assert both.metadata["style_shares"] == [0.75, 0.25]


def test_strength_goes_from_the_content_s_own_style_to_the_style(networks):
    own, half, whole = (stylize(strength=strength) for strength in (0, 0.5, 1))
    np.testing.assert_allclose(own.numbers, read_style(networks, CONTENT), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(whole.numbers, read_style(networks, STYLE), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(half.numbers, (own.numbers + whole.numbers) / 2, atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 8), (9, 8), (11, 14), (21, 30)])
def test_any_size_is_painted(networks, shape):
    content = (
        CONTENT[: shape[0], : shape[1]] if max(shape) < 28 else np.resize(CONTENT, (*shape, 3))
    )
    painted = paint_in_one_pass(networks, content, [STYLE], [1.0])
    assert painted.pixels.shape == content.shape
    assert 0 <= painted.pixels.min() < painted.pixels.max() <= 255
    whole = padded(content)
    assert not any(length % 4 for length in whole.shape[:2])
    assert np.array_equal(whole[: shape[0], : shape[1]], content)
    if shape[0] % 4 == 3:
        assert np.array_equal(whole[-1], whole[-3])  # mirrored on the last row


def test_engines_agree():
    fast = stylize()
    exact = backpaint.stylize(CONTENT, STYLE, engine=backpaint.Reference(dtype="float64"))
    assert np.abs(fast.pixels - exact.pixels).max() < 255 * 5e-5
    assert exact.metadata["engine"] == "reference"


def test_a_picture_is_at_most_1024_wide_unless_it_is_asked_for():
    assert stylize(content=np.full((10, 1100, 3), 99.0)).image.shape == (9, 1024, 3)
    assert stylize(size=40).image.shape == (30, 40, 3)


def test_colors_can_be_kept():
    kept = stylize(color="keep").pixels
    free = stylize().pixels
    inside = ((kept > 0) & (kept < 255)).all(axis=2)
    assert inside.any()
    np.testing.assert_allclose((kept @ LUMA)[inside], (free @ LUMA)[inside], atol=1e-6)


def test_opacity_and_settings_stay_with_the_picture(tmp_path):
    alpha = np.linspace(0, 1, 20 * 27).reshape(20, 27)
    painted = stylize(content=Photograph(CONTENT, alpha, "cat.png", ("converted",)))
    painted.save(tmp_path / "out.png")
    made = json.loads(read_metadata(tmp_path / "out.png"))
    assert made == painted.metadata
    assert made["method"] == "one pass"
    assert made["content"] == "cat.png"
    assert made["notes"] == ["cat.png: converted"]
    assert painted.alpha is alpha
    assert str(tmp_path) not in json.dumps(made)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strength": 1.5}, "strength is 1.5; expected a number from 0 to 1"),
        ({"strength": float("nan")}, "strength is nan; expected"),
        ({"strength": True}, "strength is True; expected"),
        ({"style_shares": [1, 2]}, "1 style came with 2 shares"),
        ({"size": 0}, "size is 0"),
        ({"size": 7}, "7 x 5 pixels; expected at least 8 a side"),
        ({"size": 20_000}, "more than 100 million"),
        ({"color": "gray"}, "color is 'gray'"),
        ({"style": None}, "there is no style"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_a_sentence(options, message):
    with pytest.raises(UsageError, match=message):
        stylize(**options)


def test_too_little_memory_is_told_beforehand(monkeypatch):
    monkeypatch.setattr(one_pass, "available_bytes", lambda: 25_000_000)
    with pytest.raises(UsageError, match=r"takes about .* the largest that fits has \d+ pixels"):
        stylize(size=1000)
    assert stylize().image.shape == (20, 27, 3)


def test_other_engines_do_not_paint_in_one_pass():
    class Other(backpaint.CPU.__mro__[1]):
        name = "other"
        __abstractmethods__ = frozenset()

        def require_usable(self):
            pass

    Other.__abstractmethods__ = frozenset()
    with pytest.raises(UsageError, match="engine other does not paint in one pass; choose cpu or"):
        one_pass_engine(Other())
    assert one_pass_engine("auto") == backpaint.CPU()
