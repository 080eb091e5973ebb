"""backpaint from Python: a painting with its history; `tests/engines` has the objective."""

import io
import re

import numpy as np
import pytest
from PIL import Image

import backpaint
from backpaint.examples import example_path
from backpaint.images import Photograph

CAT, SWIRLS = example_path("cat"), example_path("swirls")


def test_paint_returns_picture_history_and_terms():
    records = []
    painting = backpaint.paint(
        CAT, [SWIRLS, example_path("mosaic")], size=48, iterations=4, callback=records.append
    )
    assert painting.image.shape[2] == 3
    assert len(painting.history) == len(records) >= 4
    assert painting.loss < painting.history[0].loss
    assert set(painting.terms) == {
        "content relu4_2", *(f"style relu{block}_1" for block in range(1, 6))
    }  # fmt: skip
    assert painting.reason == "all 4 iterations are done"


def test_arrays_are_pictures_too(noise):
    painting = backpaint.paint(noise, noise[::-1].astype(np.uint8), size=24, iterations=1)
    assert painting.image.shape == noise.shape


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((20, 20)), "expected (height, width, 3)"),
        (np.full((20, 20, 3), 300.0), "values from 300 to 300; expected R, G, B from 0 to 255"),
        (np.full((20, 20, 3), np.nan), "a picture holds NaN; expected R, G, B from 0 to 255"),
    ],
)
def test_wrong_arrays_are_refused(array, sentence, noise):
    with pytest.raises(backpaint.UsageError, match=re.escape(sentence)):
        backpaint.paint(array, noise, iterations=1)


def test_colors_cannot_be_kept_without_a_content(noise):
    with pytest.raises(backpaint.UsageError, match="no content whose colors could be taken"):
        backpaint.paint(None, noise, size=24, iterations=1, color="keep")


def test_alpha_of_the_content_comes_back(tmp_path, noise):
    alpha = np.zeros(noise.shape[:2])
    alpha[5:15, 5:15] = 1
    painting = backpaint.paint(Photograph(noise, alpha, "x"), noise, size=24, iterations=1)
    painting.save(tmp_path / "out.png")
    from backpaint.images import read_image

    np.testing.assert_array_equal(read_image(tmp_path / "out.png").alpha, alpha)


def test_a_failed_run_raises_with_the_last_good_picture(noise):
    changes = {"optimizer": {"method": "gradient-descent", "iterations": 9, "rate": 1e30}}
    with pytest.raises(backpaint.RunError, match="NaN or infinity, first in") as failed:
        backpaint.paint(noise, noise[::-1], size=24, changes=changes)
    np.testing.assert_array_equal(failed.value.painting.image, np.rint(noise))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"color": "keeep"}, "expected style, keep, match or luma"),
        ({"seed": -1}, "expected a whole number, 0 or more"),
        ({"optimizer_on": "gpu"}, "expected auto, device or host"),
        ({"size": 10**6}, "choose a smaller size"),
        ({"changes": {"variable.std": [0, 0, 0]}}, "variable.std"),
        ({"changes": {"style.weight": float("inf")}}, "style.weight"),
        ({"changes": {"style.layers": {}, "content.layers": {}}}, "names no layer"),
        ({"init": "noise", "changes": {"initial.low": 500}}, "expected low <= high"),
    ],
)
def test_wrong_settings_are_refused(options, sentence, noise):
    with pytest.raises(backpaint.UsageError, match=sentence):
        backpaint.paint(noise, noise, **({"size": 24, "iterations": 1} | options))


@pytest.mark.parametrize("options", [{"color": "keeep"}, {"seed": -1}, {"init": "no such file"}])
def test_what_is_wrong_is_told_before_anything_slow(options, noise, monkeypatch):
    monkeypatch.delattr("backpaint.painting.session.Session.build")
    with pytest.raises(backpaint.UsageError):
        backpaint.paint(noise, noise, size=24, **options)


def test_an_array_can_be_the_start(noise):
    painting = backpaint.paint(
        noise, noise, size=24, iterations=1, init=noise[:, ::-1], changes={"style.weight": 1e-30}
    )
    assert painting.settings["initial"] == "array"
    assert np.abs(painting.pixels - noise[:, ::-1]).mean() < 20


def test_without_a_content_it_is_a_texture(noise):
    painting = backpaint.paint(None, noise, size=24, iterations=2, preset="log0")
    assert painting.settings["content"] is None
    assert painting.settings["initial"] == "noise"


def test_ctrl_c_keeps_the_picture_so_far(noise):
    def interrupt(record):
        if record.evaluation == 12:
            raise KeyboardInterrupt

    painting = backpaint.paint(noise, noise[::-1], size=24, iterations=50, callback=interrupt)
    assert painting.interrupted
    assert len(painting.history) == 12
    assert not np.array_equal(painting.image, np.rint(noise))


def test_a_preset_asks_for_layers_and_the_weights_must_have_them():
    with pytest.raises(backpaint.UsageError, match=r"relu3_4 is not in .*VGG-16.*relu3_3"):
        backpaint.objective(
            CAT, SWIRLS, weights="vgg16", size=48, changes={"content.layers": {"relu3_4": 1.0}}
        )


def test_tab_shows_what_there_is_to_use():
    assert dir(backpaint) == sorted([*backpaint.__all__, "__version__"])
    assert all(hasattr(backpaint, name) for name in dir(backpaint))


def test_a_painting_shows_its_picture_in_a_notebook(pictures):
    painting = backpaint.paint(pictures["cat"], pictures["swirls"], size=40, iterations=1)
    with Image.open(io.BytesIO(painting._repr_png_())) as shown:
        assert np.array_equal(np.array(shown), painting.image)


@pytest.mark.parametrize(
    "number", [np.int64, np.uint8, np.float32, np.array, lambda value: np.float64(value).item()]
)
def test_settings_of_any_numeric_type_are_taken_or_refused_before_the_run(number, noise, tmp_path):
    weight = {"style.weight": number(2)}
    backpaint.recipe("gatys", changes=weight)
    for settings in ({"size": number(20)}, {"iterations": number(1)}, {"seed": number(3)}):
        quick = {"size": 20, "iterations": 1, "changes": weight} | settings
        try:
            painting = backpaint.paint(noise, noise, **quick)
        except backpaint.UsageError as error:
            assert "expected a whole number" in str(error)  # noqa: PT017
        else:
            painting.save(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["threads", "exact", "precision", "device", "tune", "dtype"])
@pytest.mark.parametrize("function", ["paint", "objective", "gradient_maps"])
def test_old_names_are_refused_with_the_new_spelling(function, name, noise):
    with pytest.raises(backpaint.UsageError, match=rf"engine=backpaint\.\w+\({name}=1\)"):
        getattr(backpaint, function)(noise, noise, **{name: np.int64(1)})


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"control": 5}, "control is 5; expected a backpaint.Control"),
        ({"callback": 5}, "callback is 5; expected a function"),
        ({"on_iteration": "x"}, "on_iteration is 'x'; expected a function"),
        ({"weights": 5}, "weights are of type int"),
        ({"changes": "style.weight=1"}, "changes are 'style.weight=1'; expected values by path"),
        ({"seed": np.arange(2)}, r"seed is array\(\[0, 1\]\); expected a whole number"),
    ],
)
def test_wrong_settings_are_refused_before_the_run(setting, sentence, noise):
    with pytest.raises(backpaint.UsageError, match=sentence):
        backpaint.paint(noise, noise, size=20, iterations=1, **setting)
