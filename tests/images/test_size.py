"""Sizes as the reproduced systems compute them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backpaint.images import content_size, fit, resize, style_size
from backpaint.problem.recipe import Images

PYTORCH_ADAM = Images(size=400, side="short", upscale=False, rounding="truncate", style="content")
TF_TUTORIAL = Images(size=512, rounding="truncate", filter="bilinear", antialias=False)
FZLIU = Images(size=512, short_at_least=224, style_scale=1.2)
KERAS_EXAMPLE = Images(size=400, side="height", rounding="truncate", style="content")


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ((200, 300), (300, 450)),  # 300 x 200 becomes 450 x 300: the cap is the longer side
        ((300, 200), (450, 300)),
        ((500, 1000), (400, 800)),
        ((400, 400), (400, 400)),
        ((401, 400), (401, 400)),
        ((333, 500), (400, 600)),  # int(400 * 500 / 333) = int(600.6)
        ((50, 60), (60, 72)),
    ],
)
def test_pytorch_adam(native, expected):
    assert content_size(PYTORCH_ADAM, native) == expected
    assert style_size(PYTORCH_ADAM, (123, 456), expected) == expected


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ((1000, 667), (512, 341)),  # 341.504
        ((667, 1000), (341, 512)),
        ((1000, 669), (512, 342)),  # 342.528: down even above one half
        ((100, 50), (512, 256)),  # enlarged
        ((512, 512), (512, 512)),
        ((1003, 17), (512, 8)),
    ],
)
def test_tf_tutorial_truncates(native, expected):
    assert content_size(TF_TUTORIAL, native) == expected
    assert style_size(TF_TUTORIAL, native, (1, 1)) == expected  # its own size


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ((512, 512), (512, 512)),
        ((1000, 800), (512, 410)),  # 409.6
        ((1000, 400), (560, 224)),  # the shorter side decides
        ((400, 1000), (224, 560)),
    ],
)
def test_fzliu_takes_the_larger_scale(native, expected):
    assert content_size(FZLIU, native) == expected


def test_fzliu_style_is_a_fifth_larger():
    assert style_size(FZLIU, (1000, 800), (1, 1)) == (614, 492)  # 614.4, 491.52: rounded once
    assert style_size(FZLIU, (1000, 400), (1, 1)) == (672, 269)  # 268.8


def test_keras_example_has_400_rows():
    assert content_size(KERAS_EXAMPLE, (600, 1000)) == (400, 666)
    assert content_size(KERAS_EXAMPLE, (1000, 600)) == (400, 240)
    assert style_size(KERAS_EXAMPLE, (50, 999), (400, 666)) == (400, 666)


def test_square_loses_the_aspect_ratio():
    square = Images(size=512, side="square")
    assert content_size(square, (300, 999)) == (512, 512)
    assert style_size(square, (9, 7), (512, 512)) == (512, 512)
    scaled = Images(size=512, side="square", style_scale=0.5)
    assert style_size(scaled, (9, 7), (512, 512)) == (256, 256)


def test_native():
    assert content_size(Images(), (123, 457)) == (123, 457)
    assert style_size(Images(style_scale=2.0), (10, 15), (123, 457)) == (20, 30)
    fixed = Images(size=64, style="native", style_scale=2.0)
    assert style_size(fixed, (10, 15), (64, 64)) == (10, 15)


def test_content_width():
    options = Images(size=512, style="content-width")
    assert style_size(options, (300, 200), (400, 512)) == (768, 512)
    halved = Images(size=512, style="content-width", style_scale=0.5)
    assert style_size(halved, (300, 200), (400, 512)) == (384, 256)


def test_without_upscaling_long():
    options = Images(size=512, upscale=False)
    assert content_size(options, (300, 200)) == (300, 200)
    assert content_size(options, (1024, 512)) == (512, 256)


@pytest.mark.parametrize(
    ("options", "native", "expected"),
    [
        ({"size": 40}, (30, 20), (30, 20)),
        ({"size": 40}, (60, 80), (30, 40)),
        ({"size": 40, "style_scale": 2.0}, (60, 80), (60, 80)),
        ({"size": 90, "style_scale": 0.5}, (60, 80), (34, 45)),
        ({"style": "content-width"}, (60, 80), (45, 60)),
        ({"style": "content-width"}, (60, 40), (60, 40)),
        ({"size": 40, "side": "square"}, (30, 20), (20, 20)),
    ],
)
def test_no_style_is_enlarged_where_the_recipe_says_so(options, native, expected):
    assert style_size(Images(**options, style_upscale=False), native, (50, 60)) == expected


def test_decimal_style_scale_is_exact():
    # 1.1 as a binary number times 100 is 110.00000000000001, 1.15 * 100 is 114.99999999999999
    for scale, expected in ((1.1, 110), (1.15, 115), (1.2, 120)):
        options = Images(rounding="truncate", style_scale=scale)
        assert style_size(options, (100, 100), (1, 1)) == (expected, expected)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    height=st.integers(1, 5000),
    width=st.integers(1, 5000),
    size=st.none() | st.integers(1, 1024),
    side=st.sampled_from(["long", "short", "height", "square"]),
    upscale=st.booleans(),
    rounding=st.sampled_from(["round", "truncate"]),
    style=st.sampled_from(["own", "content", "content-width", "native"]),
    scale=st.floats(0.001, 3),
)
def test_named_side_gets_its_size_and_none_is_zero(
    height, width, size, side, upscale, rounding, style, scale
):
    options = Images(
        size=size, side=side, upscale=upscale, rounding=rounding, style=style, style_scale=scale
    )
    content = content_size(options, (height, width))
    assert min(content) >= 1
    assert min(style_size(options, (width, height), content)) >= 1
    if size is not None and upscale:
        named = {"long": max, "short": min, "height": lambda s: s[0], "square": max}[side]
        assert named(content) == size


@pytest.mark.parametrize(
    ("interpolation", "antialias"),
    [("nearest", True), ("bilinear", True), ("bilinear", False), ("bicubic", True)],
)
def test_fit_resizes_by_the_preset_and_stays_in_range(interpolation, antialias):
    edge = np.zeros((20, 30, 3))
    edge[:, 15:] = 255
    fitted = fit(edge, (8, 47), Images(filter=interpolation, antialias=antialias))
    expected = np.clip(resize(edge, 8, 47, interpolation, antialias), 0, 255)
    np.testing.assert_array_equal(fitted, expected)
