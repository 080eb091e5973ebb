"""Where the descent starts: content, noise of each kind, mixtures, in units of the variable."""

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.engine.initial import initial_variable
from backpaint.errors import UsageError
from backpaint.presets import load_preset
from backpaint.problem.pixels import to_variable
from backpaint.problem.recipe import Affine, Initial

from ..problems import pixels

SHAPE = (40, 50)
CONTENT, STYLE = pixels(*SHAPE, 0), np.full((20, 20, 3), 100.0)
VARIABLE = Affine(scale=0.5, mean=(60.0, 50.0, 40.0), std=(2.0, 1.0, 0.5))


def start(seed=0, content=CONTENT, style=STYLE, **initial):
    recipe = replace(load_preset("gatys"), variable=VARIABLE, initial=Initial(**initial))
    return initial_variable(recipe, SHAPE, content, style, seed)


def in_units(values):
    return to_variable(np.broadcast_to(values, (*SHAPE, 3)), VARIABLE)


def test_content():
    np.testing.assert_array_equal(start(start="content"), in_units(CONTENT))


def test_uniform_noise_fills_the_range_of_pixels_and_follows_the_seed():
    x = start(start="noise")
    black, white = in_units(0.0), in_units(255.0)
    part = (x - black) / (white - black)
    assert 0 <= part.min() < 0.01
    assert 0.99 < part.max() < 1
    assert np.abs(part.mean(axis=(0, 1)) - 0.5).max() < 0.03
    np.testing.assert_array_equal(start(start="noise"), x)
    assert not np.array_equal(start(seed=1, start="noise"), x)
    given = start(start="noise", low=-20.0, high=-10.0)
    assert -20 <= given.min() < given.max() < -10


def test_normal_and_pink_noise_have_the_deviation_asked_for():
    normal, pink = (start(start="noise", noise=kind, std=3.0) for kind in ("normal", "pink"))
    assert normal.std() == pytest.approx(3.0, rel=0.05)
    assert pink.std() == pytest.approx(3.0, rel=1e-12)
    assert np.abs(pink.mean(axis=(0, 1))).max() < 1e-12

    def roughness(x):
        return np.diff(x, axis=0).std() / x.std()

    assert roughness(normal) == pytest.approx(np.sqrt(2), rel=0.05)
    assert roughness(pink) < 1  # neighbors are alike


def test_shares_mix_noise_content_and_style():
    shares = {"noise_share": 0.5, "content_share": 0.3, "style_share": 0.2}
    mixed, noise = start(start="noise", **shares), start(start="noise")
    expected = 0.5 * noise + 0.3 * in_units(CONTENT) + 0.2 * in_units(100.0)
    np.testing.assert_allclose(mixed, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("initial", "sentence"),
    [
        ({"start": "content", "content": None}, "initial.start is 'content', but there is no such"),
        ({"start": "noise", "content_share": 1.0, "content": None}, "initial.content_share is not"),
        ({"start": "noise", "style_share": 1.0, "style": None}, "initial.style_share is not 0"),
        ({"start": "noise", "low": 500.0}, "initial.low is 500 .*expected low <= high"),
    ],
)
def test_what_is_missing_is_named(initial, sentence):
    with pytest.raises(UsageError, match=sentence):
        start(**initial)
