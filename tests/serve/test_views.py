"""What the page shows of a picture from within is what `backpaint.views` computes there."""

import base64
import contextlib
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import backpaint
from backpaint.examples import example_path

from .conftest import ENDLESS, Stream, order, until


@pytest.fixture(scope="module")
def painted(served):
    """A finished run of the default recipe, which all look into."""
    number = served.begin(engine="cpu")
    assert served.wait(number, "done", "failed")["state"] == "done"
    return number


def test_gradients_and_a_pixels_numbers_are_those_of_gradient_maps(served, painted):
    picture = served.ask(f"/api/runs/{painted}/painting.png")[1]
    pixels = np.asarray(Image.open(BytesIO(picture)), float)
    maps = backpaint.gradient_maps(
        example_path("cat"),
        example_path("swirls"),
        at=pixels,
        preset="backpaint",
        changes=order()["tables"],
        engine="cpu",
    )
    status, told = served.ask(f"/api/runs/{painted}/gradients")
    assert status == 200, told
    assert [term["name"] for term in told["terms"]][1:] == [term.name for term in maps.terms]
    assert told["terms"][0]["norm"] == maps.whole.norm
    shown = Image.open(BytesIO(base64.b64decode(told["terms"][0]["image"])))
    assert list(shown.size) == told["size"] == [32, 21]
    status, told = served.ask(f"/api/runs/{painted}/pixel?x=30&y=20")
    assert told["levels"] == pixels[20, 30].tolist()
    assert told["terms"][-1]["gradient"] == maps.whole.gradient[20, 30].tolist()
    assert told["fields"][0] == {"layer": "relu1_1", "x": [29, 32], "y": [19, 21]}
    for query in ("x=1", "x=-1&y=0", "x=1e3&y=1", "x=9999999&y=0"):
        assert served.ask(f"/api/runs/{painted}/pixel?{query}")[0] == 400


@pytest.mark.slow
def test_a_painting_in_the_contents_colors_is_explored_as_the_network_saw_it(served):
    tables = order()["tables"]
    pixels = {}
    for keep in (False, True):
        number = served.begin(engine="cpu", tables=tables | {"color": {"keep": keep}})
        served.wait(number, "done", "failed")
        assert served.ask(f"/api/runs/{number}/gradients")[0] == 200
        status, told = served.ask(f"/api/runs/{number}/pixel?x=30&y=20")
        assert status == 200, told
        pixels[keep] = told["levels"]
    assert np.allclose(pixels[False], pixels[True], rtol=0, atol=0.51)  # one of them is rounded


def test_features_of_a_run_that_goes_on_are_those_of_its_picture_now(served):
    number = served.begin(tables=ENDLESS)
    served.follow(number, lambda run: run["version"] > 0)
    for is_paused in (False, True):
        if is_paused:
            served.ask(f"/api/runs/{number}/pause", "POST")
            served.wait(number, "paused", "failed")
        status, told = served.ask(f"/api/runs/{number}/features?layer=relu2_1")
        assert status == 200, told
        assert (told["size"], told["count"], len(told["channels"])) == ([16, 10], 128, 12)
        strengths = [channel["strength"] for channel in told["channels"]]
        assert strengths == sorted(strengths, reverse=True)
    for layer in ("relu9_9", "/etc/passwd", "fc6"):
        status, told = served.ask(f"/api/runs/{number}/features?layer={layer}")
        assert (status, bool(told["error"])) == (400, True)
    served.ask(f"/api/runs/{number}/stop", "POST")
    served.wait(number, "stopped", "failed")


def parts(served, path):
    """Read an answer that comes in parts, to its end."""
    status, content = served.ask(path)
    assert status == 200, content
    *before, last = [json.loads(line) for line in content.splitlines()]
    told = [one["part"] for one in before]
    assert told == sorted(told)
    assert len(told) > 5
    return last


def test_the_products_of_a_convolution_add_up_to_the_engines_gradient(served, painted):
    path = f"/api/runs/{painted}/convolution?x=31&y=4"
    status, told = served.ask(f"/api/runs/{painted}/pixel?x=31&y=4")
    for channel in range(3):
        status, found = served.ask(f"{path}&layer=conv1_1&channel={channel}")
        assert status == 200, found
        assert (found["precision"], found["input"]) == ("float64", "input")
        back = found["sum"] + found["copies"]  # the last column is repeated beyond the border
        assert found["copies"] != 0
        assert back == pytest.approx(found["reference"], rel=1e-12)
        gradient = found["pixel"]["gradient"]
        assert gradient == pytest.approx(back * found["pixel"]["factor"], rel=1e-12)
        color = ("red", "green", "blue").index(found["pixel"]["color"])
        whole = told["terms"][-1]["gradient"][color]  # there is no total variation
        assert found["pixel"]["engine"] == pytest.approx(whole, rel=1e-9)
        assert gradient == pytest.approx(whole, rel=1e-3)  # its network computes in float32
        shown = [np.sum(one["products"]) for one in found["filters"]]
        assert shown == pytest.approx([one["sum"] for one in found["filters"]], rel=1e-9)
        assert sum(shown) + found["others"] == pytest.approx(found["sum"], rel=1e-9)
        assert np.sum(found["taps"]) == pytest.approx(found["sum"], rel=1e-9)
        outside = [one["products"][row][2] for one in found["filters"] for row in range(3)]
        assert outside == [0.0] * 18  # the last column: behind it are zeros


@pytest.mark.slow
def test_a_deeper_number_has_two_ways_to_the_loss_where_a_term_looks_at_it(served, painted):
    path = f"/api/runs/{painted}/convolution?x=3&y=4"
    found = served.ask(f"{path}&layer=relu1_2")[1]
    assert (found["layer"], found["input"], found["pixel"]) == ("conv1_2", "relu1_1", None)
    assert found["own"] != 0  # the style looks at relu1_1
    assert found["sum"] + found["own"] == pytest.approx(found["reference"], rel=1e-12)
    for query in ("layer=pool5", "layer=conv9_1", "layer=conv1_1&channel=-1"):
        assert served.ask(f"{path}&{query}")[0] == 400


def test_filters_are_colors_at_first_and_numbers_of_the_network_deeper(served):
    first = served.ask("/api/filters?layer=relu1_1&weights=vgg16")[1]
    assert (first["layer"], first["count"], len(first["filters"])) == ("conv1_1", 64, 64)
    status, told = served.ask("/api/filters?layer=conv3_2&first=250")
    assert status == 200, told
    assert [one["number"] for one in told["filters"]] == [*range(250, 256)]
    w = backpaint.load_weights("vgg19").filters["conv3_2"][:, :, :, 255]
    assert told["filters"][-1]["largest"] == float(np.abs(w).max())
    shown = Image.open(BytesIO(base64.b64decode(told["filters"][-1]["image"])))
    assert shown.size == (63, 63)  # 16 x 16 tiles of 3 x 3, and seams
    for query in ("layer=nothing", "layer=conv1_1&weights=/etc/passwd", "layer=conv1_1&first=x"):
        assert served.ask(f"/api/filters?{query}")[0] == 400


@pytest.mark.slow
def test_the_loss_around_a_picture_has_the_slope_that_the_gradient_says(served, painted):
    found = parts(served, f"/api/runs/{painted}/landscape?x=0&y=0&reach=4")
    assert found["window"] == [0, 0, 32, 21]
    losses, steps = np.array(found["losses"]), found["steps"]
    assert (losses.shape, steps[0], steps[4], steps[-1]) == ((9, 9), -4, 0, 4)
    assert losses[4, 4] == found["loss"]
    gradient, noise = found["slopes"]
    assert gradient["exact"] > abs(noise["exact"]) > 0
    for slope in (gradient, noise):
        best = min(abs(one["float64"] / slope["exact"] - 1) for one in slope["differences"])
        assert best < 1e-5
        coarse = min(abs(one["float32"] / slope["exact"] - 1) for one in slope["differences"])
        assert best < coarse < 0.1
    for query in ("reach=0", "reach=101", "reach=x"):
        assert served.ask(f"/api/runs/{painted}/landscape?x=0&y=0&{query}")[0] == 400


@pytest.mark.slow
def test_the_engines_are_compared_at_a_runs_picture(served, painted):
    found = parts(served, f"/api/runs/{painted}/compare?size=32")
    assert (found["size"], found["is_changed"]) == ([32, 21], False)
    rows = {row["name"]: row for row in found["rows"]}
    assert {"reference", "cpu"} <= set(rows)
    assert ("pytorch/channels_last" in rows) == ("pytorch" not in found["absent"])
    for row in rows.values():
        assert (row["failure"], row["seconds"] > 0) == ("", True)
        assert row["loss_error"] < 1e-4
        assert 0 < row["of_length"] < 1e-2
        for name, loss in row["terms"].items():
            assert loss == pytest.approx(found["terms"][name], rel=1e-3)
    for query in ("size=31", "size=513", "size=-1"):
        assert served.ask(f"/api/runs/{painted}/compare?{query}")[0] == 400


@pytest.mark.slow
def test_who_hangs_up_ends_the_work(served, painted):
    path = f"/api/runs/{painted}/compare?size=512"
    with contextlib.closing(Stream(served, path)) as stream:
        assert json.loads(stream.answer.readline())["part"] == 0
        assert served.ask(path)[0] == 409
        assert served.children("serve.processes.explore.engines")
    until(lambda: not served.children("serve.processes.explore.engines"))
