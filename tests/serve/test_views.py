"""What the page shows of a picture from within is what `backpaint.views` computes there."""

import base64
from io import BytesIO

import numpy as np
from PIL import Image

import backpaint
from backpaint.examples import example_path

from .conftest import order, until


def test_gradients_and_a_pixels_numbers_are_those_of_gradient_maps(served):
    number = served.begin(engine="cpu")
    served.wait(number, "done", "failed")
    painted = served.ask(f"/api/runs/{number}/painting.png")[1]
    pixels = np.asarray(Image.open(BytesIO(painted)), float)
    maps = backpaint.gradient_maps(
        example_path("cat"),
        example_path("swirls"),
        at=pixels,
        changes=order()["tables"],
        engine="cpu",
    )
    status, told = served.ask(f"/api/runs/{number}/gradients")
    assert status == 200, told
    assert [term["name"] for term in told["terms"]][1:] == [term.name for term in maps.terms]
    assert told["terms"][0]["norm"] == maps.whole.norm
    shown = Image.open(BytesIO(base64.b64decode(told["terms"][0]["image"])))
    assert list(shown.size) == told["size"] == [32, 21]
    status, told = served.ask(f"/api/runs/{number}/pixel?x=30&y=20")
    assert told["levels"] == pixels[20, 30].tolist()
    assert told["terms"][-1]["gradient"] == maps.whole.gradient[20, 30].tolist()
    assert told["fields"][0] == {"layer": "relu1_1", "x": [29, 32], "y": [19, 21]}
    for query in ("x=1", "x=-1&y=0", "x=1e3&y=1", "x=9999999&y=0"):
        assert served.ask(f"/api/runs/{number}/pixel?{query}")[0] == 400


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
    number = served.begin(iterations=100_000)
    until(lambda: served.run(number)["version"] > 0)
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
