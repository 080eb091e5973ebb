"""Runs as the page begins them: painted, paused, stopped, in their order, and handed over."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import backpaint
from backpaint.examples import example_path

from .conftest import ENDLESS, SHORT, order, until


def test_a_painting_is_what_backpaint_paint_makes_with_its_provenance(served):
    status, told = served.ask(
        "/api/pictures?name=Mieze.jpg", "POST", example_path("cat").read_bytes()
    )
    assert status == 201
    number = served.begin(content=told["id"], engine="cpu")
    run = served.wait(number, "done", "failed")
    assert run["state"] == "done", run["reason"]
    assert run["names"] == ["Mieze.jpg", "swirls.jpg"]
    assert [record[0] for record in run["records"]] == [*range(1, len(run["records"]) + 1)]
    assert served.ask(f"/api/runs/{number}/picture.jpg")[1][:2] == b"\xff\xd8"
    status, headers, content = served.ask_fully(
        f"/api/runs/{number}/painting.png", headers=served.known
    )
    assert f"filename*=UTF-8''Mieze-swirls-{number}.png" in headers["content-disposition"]
    image = Image.open(BytesIO(content))
    settings = json.loads(image.text["backpaint"])
    assert settings["content"] == "Mieze.jpg"
    painting = backpaint.paint(
        example_path("cat"),
        example_path("swirls"),
        changes=order()["tables"],
        engine="cpu",
    )
    assert np.array_equal(np.asarray(image), painting.image)
    assert settings["recipe"] == json.loads(json.dumps(painting.settings["recipe"]))
    served.follow(number, lambda run: run["film"])
    film = Image.open(BytesIO(served.ask(f"/api/runs/{number}/film.webp")[1]))
    assert (film.format, film.n_frames, film.size) == ("WEBP", 4, image.size)
    kept = served.keep / f"Mieze-swirls-{number}.png"
    until(kept.exists)
    assert kept.read_bytes() == content
    (stored,) = Path(served.folder).glob(f"backpaint-serve-*/painting-{number}.webp")
    served.ask(f"/api/runs/{number}", "DELETE")
    assert served.ask(f"/api/runs/{number}/painting.png")[0] == 404
    assert served.ask(f"/api/runs/{number}/film.webp")[0] == 404
    assert not stored.exists()


@pytest.mark.slow
def test_a_run_on_all_processors_ends_in_the_same_pixels_beside_questions(serve):
    """The shared server has one processor, and none of its threads ever meet."""
    server = serve()
    number = server.begin(iterations=10, size=64, engine="cpu")
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(server.ask, "/api/estimate", "POST", order(iterations=count))
            for count in range(1, 9)
        ]
    assert [answer.result()[0] for answer in asked] == [200] * 8
    assert server.wait(number, "done", "failed")["state"] == "done"
    image = Image.open(BytesIO(server.ask(f"/api/runs/{number}/painting.png")[1]))
    painting = backpaint.paint(
        example_path("cat"),
        example_path("swirls"),
        changes=order(iterations=10, size=64)["tables"],
        engine="cpu",
    )
    assert np.array_equal(np.asarray(image), painting.image)


SEVERAL = order(tables=SHORT, engine="cpu", share=3, further=[{"picture": "mosaic", "share": 1}])


def test_several_styles_have_their_shares_in_the_command(served):
    status, told = served.ask("/api/estimate", "POST", SEVERAL)
    assert status == 200, told
    assert "backpaint paint cat.jpg swirls.jpg mosaic.jpg -o" in told["command"]
    assert re.search(r"--style-shares? 0.75,0.25", told["command"]), told["command"]
    no_shares = [{"picture": "mosaic", "share": 0}]
    for further in (no_shares, [{"picture": "nothing"}], [{"picture": "mosaic", "share": -1}]):
        refused = order(share=0, further=further)
        assert served.ask("/api/estimate", "POST", refused)[0] == 400
    assert served.ask("/api/estimate", "POST", order(further=4 * no_shares))[0] == 400


@pytest.mark.slow
def test_several_styles_are_painted_by_their_shares(served):
    number = served.ask("/api/runs", "POST", SEVERAL)[1]["run"]
    run = served.wait(number, "done", "failed")
    assert run["names"] == ["cat.jpg", "swirls.jpg", "mosaic.jpg"]
    assert run["file"] == f"cat-swirls-mosaic-{number}.png"
    image = Image.open(BytesIO(served.ask(f"/api/runs/{number}/painting.png")[1]))
    painting = backpaint.paint(
        example_path("cat"),
        [example_path("swirls"), example_path("mosaic")],
        style_shares=(3, 1),
        changes=SHORT,
        engine="cpu",
    )
    assert np.array_equal(np.asarray(image), painting.image)


def test_pause_holds_resume_goes_on_and_stop_comes_within_one_evaluation(served):
    by_scipy = {"method": "l-bfgs-b", "iterations": 100_000, "factr": 0.0}
    number = served.begin(tables={"images": {"size": 32}, "optimizer": by_scipy})
    served.wait(number, "failed", records=3)
    assert served.ask(f"/api/runs/{number}/pause", "POST")[0] == 200
    before = served.wait(number, "paused")
    assert len(served.run(number)["records"]) == len(before["records"])
    assert served.ask(f"/api/runs/{number}/resume", "POST")[0] == 200
    served.wait(number, "failed", records=len(before["records"]) + 2)
    served.ask(f"/api/runs/{number}/pause", "POST")
    count = len(served.wait(number, "paused")["records"])
    served.ask(f"/api/runs/{number}/stop", "POST")
    run = served.wait(number, "stopped", "failed")
    assert run["state"] == "stopped"
    assert len(run["records"]) == count
    assert run["file"] == f"cat-swirls-{number}.png"
    served.follow(number, lambda run: run["film"])
    assert served.ask(f"/api/runs/{number}/stop", "POST")[0] == 400


FAILING = ENDLESS | {
    "optimizer": {"method": "gradient-descent", "iterations": 50, "rate": 1e30},
}


def test_runs_wait_for_each_other_a_queue_has_an_end_and_a_run_that_fails_says_why(served):
    first = served.begin(tables=ENDLESS)
    served.wait(first, "running")
    others = [served.begin(tables=FAILING) for _ in range(8)]
    status, told = served.ask("/api/runs", "POST", {"content": "cat", "style": "mosaic"})
    assert (status, told["error"]) == (400, "8 runs wait already; stop one of them first")
    assert {served.run(number)["state"] for number in others} == {"waiting"}
    assert served.ask(f"/api/runs/{others[0]}", "DELETE")[0] == 400
    for number in others[1:]:
        assert served.ask(f"/api/runs/{number}/stop", "POST")[0] == 200
        assert served.run(number)["reason"] == "it never began"
    served.ask(f"/api/runs/{first}/stop", "POST")
    failed = served.wait(others[0], "done", "failed")
    assert failed["state"] == "failed"
    assert "met NaN or infinity" in failed["reason"]
    assert served.run(first)["state"] == "stopped"


def test_streams_are_bounded_and_given_back(served):
    streams = [served.stream(1) for _ in range(16)]
    until(lambda: all(stream.answer.status == 200 for stream in streams))
    for stream in streams:
        stream.message()
    status, told = served.ask("/api/events")
    assert (status, told["error"]) == (503, "too many pages are open; close one of them")
    for stream in streams:
        stream.close()
    until(lambda: _is_open(served))


def _is_open(served):
    stream = served.stream(1)
    stream.close()
    return stream.answer.status == 200


@pytest.mark.slow
def test_a_page_that_never_reads_costs_the_server_nothing(served):
    def resident():
        return int(Path(f"/proc/{served.process.pid}/statm").read_text().split()[1]) * 4096

    number = served.begin(tables=ENDLESS)
    asleep = [served.stream(number) for _ in range(4)]
    served.wait(number, "failed", records=50)
    before = resident()
    served.wait(number, "failed", records=400)
    assert resident() < before + 8e6
    served.ask(f"/api/runs/{number}/stop", "POST")
    for stream in asleep:
        stream.close()
