"""A run that is paused, goes on, or is stopped: from a thread, and by the system's signals."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import backpaint
from backpaint.checkpoint import describe_checkpoint
from backpaint.examples import example_path
from backpaint.gpu.device import device
from backpaint.painting.control import Control, Stopped, stopped_by_signals
from backpaint.painting.run import run

METHODS = {
    "l-bfgs-b": {},
    "l-bfgs-b in rounds": {"optimizer.evaluations_per_round": 4},
    "l-bfgs": {"optimizer.method": "l-bfgs"},
    "adam": {"optimizer.method": "adam", "optimizer.rate": 2.0},
    "gradient descent": {
        "optimizer.method": "gradient-descent",
        "optimizer.rate": 2.0,
        "optimizer.normalize": "mean-absolute",
    },
}
SHALLOW = {"style.layers": {"relu1_1": 1.0}, "content.layers": {"relu1_1": 1.0}}


def stopping_after(count, control):
    def watch(record):
        if record.evaluation == count:
            control.stop("enough")

    return watch


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_run_stops_before_its_next_evaluation_and_keeps_its_picture(method, count, noise):
    changes = SHALLOW | METHODS[method]
    wanted = {"preset": "gatys", "size": 24, "iterations": 12, "changes": changes}
    control, accepted = Control(), []
    stopped = backpaint.paint(
        noise,
        noise[::-1],
        control=control,
        callback=stopping_after(count, control),
        on_iteration=lambda _, x: accepted.append(x.copy()),
        **wanted,
    )
    assert (stopped.interrupted, stopped.reason) == (True, "enough")
    assert len(stopped.history) == count
    whole = backpaint.paint(noise, noise[::-1], **wanted)
    losses = [record.loss for record in whole.history]
    assert [record.loss for record in stopped.history] == losses[:count]
    kept = [backpaint_start(noise, wanted), *accepted]
    assert any(np.array_equal(stopped.x, x) for x in kept)


@pytest.mark.parametrize("method", METHODS)
def test_a_run_that_begins_nothing_returns_no_array_of_its_caller(method, noise):
    objective = backpaint.objective(noise, noise, size=24, changes=METHODS[method])
    start, control = objective.initial(), Control()
    control.stop()
    result = run(objective, start, control=control)
    assert np.array_equal(result.x, start)
    assert not np.shares_memory(result.x, start)


def backpaint_start(noise, wanted):
    return backpaint.objective(
        noise, noise[::-1], size=wanted["size"], changes=wanted["changes"]
    ).initial()


def device_start():
    return backpaint.objective(
        example_path("cat"), example_path("swirls"), size=12, changes=SHALLOW
    ).initial()


@pytest.mark.parametrize("method", ["l-bfgs-b", "adam"])
def test_a_run_on_a_device_stops_likewise(method):
    control, accepted = Control(), []
    with device.emulate():
        painting = backpaint.paint(
            example_path("cat"),
            example_path("swirls"),
            size=12,
            iterations=9,
            changes=SHALLOW | METHODS[method],
            engine=backpaint.GPU(dtype="float64"),
            optimizer_on="device",
            control=control,
            callback=stopping_after(3, control),
            on_iteration=lambda _, x: accepted.append(x),
        )
    assert (painting.reason, len(painting.history)) == ("enough", 3)
    kept = [device_start(), *accepted]
    assert any(np.allclose(painting.x, x, rtol=0, atol=1e-4) for x in kept)


def test_a_run_that_is_stopped_before_it_begins_evaluates_nothing(noise):
    control = Control()
    control.stop("never mind")
    painting = backpaint.paint(noise, noise, size=24, iterations=3, control=control)
    assert (painting.reason, painting.history) == ("never mind", ())


def test_a_paused_run_waits_and_ends_as_if_it_had_not(noise):
    control, evaluated = Control(), []

    def watch(record):
        evaluated.append(record.evaluation)
        if record.evaluation == 3:
            control.pause()

    finished = []
    wanted = {"size": 24, "iterations": 5, "changes": SHALLOW}
    thread = threading.Thread(
        target=lambda: finished.append(
            backpaint.paint(noise, noise[::-1], control=control, callback=watch, **wanted)
        )
    )
    thread.start()
    while not control.is_paused:
        time.sleep(0.01)
    time.sleep(0.3)
    assert evaluated == [1, 2, 3]
    control.resume()
    thread.join(30)
    whole = backpaint.paint(noise, noise[::-1], **wanted)
    np.testing.assert_array_equal(finished[0].x, whole.x)
    seconds = [record.seconds for record in finished[0].history]
    assert seconds[3] - seconds[2] < 0.25  # the pause is no time of the run
    assert seconds == sorted(seconds)


def test_a_paused_run_can_be_stopped():
    control = Control()
    control.pause()
    threading.Timer(0.1, control.stop).start()
    with pytest.raises(Stopped, match="it was stopped"):
        control.check()
    control.pause()
    assert not control.is_paused


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_and_a_second_one_interrupts(name):
    number, control, told = getattr(signal, name), Control(), []
    before = signal.getsignal(number)
    with stopped_by_signals(control, told.append):
        os.kill(os.getpid(), number)
        with pytest.raises(Stopped):
            control.check()
        assert told == [control.reason]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_signals_at_any_moment_never_hang_the_run():
    """The handler may come while its own thread looks at the switch, also while that is paused."""
    before = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    for _ in range(200):
        control = Control()
        with stopped_by_signals(control):
            signal.setitimer(signal.ITIMER_REAL, 2e-4)
            with pytest.raises(Stopped):
                switch_for_ever(control)
    signal.signal(signal.SIGALRM, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def switch_for_ever(control):
    while True:
        control.check()
        control.pause()
        control.resume()


def test_a_finished_picture_is_written_whatever_comes():
    control = Control()
    with stopped_by_signals(control) as signals:
        signals.hold()
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
        assert control.reason is None
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)


def test_after_an_interrupt_what_was_painted_is_kept():
    control = Control()
    with stopped_by_signals(control):
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)  # while the picture is written


def test_what_was_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        control = Control()
        with stopped_by_signals(control):
            os.kill(os.getpid(), signal.SIGHUP)
        assert control.reason is None
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("SIGINT", "it was interrupted", marks=pytest.mark.slow),
        ("SIGTERM", "it was terminated"),
        pytest.param("SIGHUP", "its terminal was closed", marks=pytest.mark.slow),
    ],
)
def test_the_program_ends_with_its_picture(name, reason, tmp_path):
    out, log = tmp_path / "out.png", tmp_path / "log.jsonl"
    command = [
        *(sys.executable, "-m", "backpaint", "paint"),
        *(example_path("cat"), example_path("swirls"), "-o", out, "--log", log),
        *("--size", "48", "--iterations", "100000", "--set", "optimizer.factr=0"),
        *("--checkpoint", tmp_path / "run.backpaint", "--checkpoint-every", "100000"),
    ]
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        deadline = time.monotonic() + 60
        while not (log.exists() and len(log.read_bytes().splitlines()) >= 2):
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(getattr(signal, name))
        said, told = run.communicate(timeout=60)
    assert run.returncode == 130
    assert f"{reason}: stopping after this evaluation" in told
    assert said.splitlines()[-2].startswith(f"wrote {out} after ")
    assert said.splitlines()[-2].endswith(reason)
    assert out.exists()
    kept = describe_checkpoint(tmp_path / "run.backpaint")
    assert (kept["reason"], kept["evaluations"]) == (reason, len(log.read_bytes().splitlines()))
