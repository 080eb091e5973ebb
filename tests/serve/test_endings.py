"""Nothing is left behind: no process and no folder, whoever is killed, and however."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backpaint.errors import RunError
from backpaint.serve.studio import keep as rooms
from backpaint.serve.studio.changes import Changes
from backpaint.serve.studio.run import Run

from .conftest import ENDLESS, SHORT, until

ENDS_TOO = (signal.SIGINT, signal.SIGHUP)
"""Signals that do what SIGTERM does."""


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(n, marks=pytest.mark.slow) for n in ENDS_TOO)],
)
def test_a_signal_ends_the_server_its_processes_and_its_folder(serve, number):
    server = serve()
    stream = server.stream(1)
    if number == signal.SIGTERM:
        server.wait(server.begin(tables=ENDLESS, weights="vgg16"), "running")
        assert len(server.processes()) >= 3  # itself, the desk, the run
    assert server.folders()
    begin = time.monotonic()
    assert server.end(number) == 0
    assert time.monotonic() - begin < 15  # seconds; a second on a quiet machine
    stream.close()
    assert server.processes() == []
    assert server.folders() == []


def test_a_question_that_waits_for_its_answer_does_not_hold_the_end_up(serve):
    server = serve()
    with ThreadPoolExecutor(3) as asking:
        answers = [asking.submit(server.ask, "/api/engines") for _ in range(3)]
        until(lambda: server.children("serve.processes.desk"))
        assert server.end() == 0
    for answer in answers:
        assert answer.exception() is None
        assert answer.result()[0] in (200, 400)
    assert server.told() == ""


def test_a_killed_server_takes_its_run_along_and_the_next_one_sweeps_its_folder(serve):
    server = serve()
    server.wait(server.begin(tables=ENDLESS, weights="vgg16"), "running")
    os.kill(server.process.pid, signal.SIGKILL)
    until(lambda: server.processes() == [])
    (left,) = server.folders()
    other = serve()
    assert left not in other.folders()
    assert other.token != server.token
    assert len(other.token) == 32  # of 6 bits each


def test_a_killed_run_is_a_failed_one_and_one_killed_in_stopping_loses_its_picture(served):
    first, second = [served.begin(tables=ENDLESS) for _ in range(2)]
    served.wait(first, "failed", records=2)
    (process,) = served.children("serve.processes.run")
    os.kill(process, signal.SIGKILL)
    failed = served.wait(first, "failed", "done")
    assert failed["reason"].startswith("its process was killed")
    served.wait(second, "failed", records=2)  # the next one goes well
    (process,) = served.children("serve.processes.run")
    os.kill(process, signal.SIGSTOP)
    served.ask(f"/api/runs/{second}/stop", "POST")
    os.kill(process, signal.SIGKILL)
    run = served.wait(second, "stopped", "failed")
    assert (run["state"], run["file"]) == ("stopped", None)
    assert run["reason"] == "its process ended before it handed its picture over, which is lost"
    until(lambda: not served.children("serve.processes.run"))


def test_a_run_has_several_of_its_longest_evaluations_to_stop():
    run = Run(1, None, None, Changes(), {"seconds": 60.0, "expected": 30})
    assert run.patience == pytest.approx(20)  # the estimate is 2 s for each
    for seconds in (1.0, 41.0, 45.0):
        run._hear({"record": [1, 1, 1.0, {}, 1.0, seconds], "left": None})
    assert run.patience == pytest.approx(210)


@pytest.mark.slow
def test_a_folder_to_keep_that_is_gone_is_a_note_and_the_queue_goes_on(serve, tmp_path):
    keep = tmp_path / "keep"
    keep.mkdir()
    server = serve("--keep", keep)
    keep.rmdir()
    for number in [server.begin(tables=SHORT) for _ in range(2)]:
        server.wait(number, "done", "failed")
        run = server.follow(number, lambda run: run["notes"])
        assert "not copied to the folder of --keep" in run["notes"][-1]
    assert server.end() == 0
    assert server.told() == ""


def test_a_killed_desk_is_a_sentence_and_the_next_question_is_answered(served):
    assert served.ask("/api/engines")[0] == 200
    (process,) = served.children("serve.processes.desk")
    os.kill(process, signal.SIGKILL)
    answers = [served.ask("/api/engines") for _ in range(2)]
    assert answers[-1][0] == 200
    assert all(status == 200 or "process" in told["error"] for status, told in answers)


@pytest.mark.slow
def test_starting_and_stopping_leaves_nothing(served):
    descriptors = None
    for _ in range(3):
        run = served.begin(tables=ENDLESS)
        served.ask(f"/api/runs/{run}/stop", "POST")
        served.wait(run, "stopped", "failed")
        until(lambda: not served.children("serve.processes.run"))
        opened = len(list(Path(f"/proc/{served.process.pid}/fd").iterdir()))
        descriptors = descriptors or opened
        assert opened <= descriptors + 1


def test_a_kept_painting_replaces_nobody_elses(tmp_path):
    source, target = tmp_path / "new.png", tmp_path / "a.png"
    source.write_bytes(b"new")
    target.write_bytes(b"somebody's")
    assert rooms.copy_new(source, target).name == "a-2.png"
    assert rooms.copy_new(source, target).name == "a-3.png"
    assert target.read_bytes() == b"somebody's"
    with pytest.raises(RunError):
        rooms.copy_new(tmp_path / "gone.png", target)
    assert len(list(tmp_path.iterdir())) == 4  # nothing half written
