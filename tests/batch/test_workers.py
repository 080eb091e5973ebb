"""A batch painted by workers: the process itself, and real ones of Dask that are killed."""

import errno
import json
import os
import re
import shutil
import signal
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import backpaint
from backpaint import Reference, engines
from backpaint.batch import api, child, elsewhere, workers
from backpaint.cluster import close_crews, crews, work
from backpaint.cluster.crew import SerialCrew, WorkerFull, WorkersKilled
from backpaint.cluster.crews import crew_of
from backpaint.errors import RunError, UsageError
from backpaint.images import read_image, read_metadata
from backpaint.painting.control import Control
from backpaint.weights import load_weights

QUICK = {"size": 32, "iterations": 1, "engine": "cpu", "workers": 1}


@pytest.fixture
def serial(monkeypatch, thin_networks):
    """Let this process be the only worker, or another crew; their networks have few channels."""

    def let(crew):
        monkeypatch.setattr(api, "crew_of", lambda workers, threads: crew)

    let(SerialCrew())
    return let


def batch(folders, **given):
    return backpaint.paint_batch(*folders, **QUICK | given)


def names(paths):
    return sorted(path.name for path in paths)


def test_pictures_come_back_as_they_would_be_painted_here(folders, serial, monkeypatch, tmp_path):
    photos, styles, out = folders
    (styles / "mosaic.png").unlink()
    (photos / "broken.png").write_bytes((photos / "cat.png").read_bytes()[:900])
    (photos / "gone.png").symlink_to("nowhere.png")
    os.mkfifo(photos / "pipe.png")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    first = batch(folders)
    (path,) = first.painted
    assert path.name == "cat-swirls.png"
    for name in ("broken", "gone", "pipe"):
        assert first.failed[out / f"{name}-swirls.png"].startswith(f"{photos / name}.png")
    assert not [*(tmp_path / "temporary").iterdir()]
    alone = backpaint.paint(
        photos / "cat.png", styles / "swirls.png", size=32, iterations=1, engine="cpu"
    )
    assert np.array_equal(read_image(path).pixels, alone.image)
    assert json.loads(read_metadata(path))["content"] == "cat.png"
    diary = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert [entry["error"] is None for entry in diary].count(True) == 1
    assert batch(folders).skipped == [path]


class Unlucky(SerialCrew):
    """Workers that raise these, or answer that, before they paint; None: they paint."""

    workers: ClassVar = {None: False}

    def __init__(self, *troubles):
        super().__init__()
        self._troubles = [*troubles]

    def submit(self, function, *arguments, at=None, deaths=None):
        return function, arguments

    def result(self, ticket):
        trouble = self._troubles.pop(0) if self._troubles else None
        if trouble is None:
            return super().submit(ticket[0], *ticket[1])
        if isinstance(trouble, Exception):
            raise trouble
        return trouble


def test_pictures_that_go_wrong_elsewhere_are_painted_once_more_or_fail(folders, serial):
    given_up_by_mistake = {"stopped": True}, None
    died = WorkersKilled("", 1, "tls://one.example:40001")
    serial(Unlucky(given_up_by_mistake, died, None, died))  # mosaic, swirls, mosaic, swirls
    report = batch(folders)
    assert names(report.painted) == ["cat-mosaic.png"]
    assert names(report.failed) == ["cat-swirls.png"]
    assert [*report.failed.values()] == [
        "its worker died, 2 times, the last one tls://one.example:40001; choose a smaller --size, "
        "or look at its memory and log"
    ]


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (
            np.linalg.LinAlgError("no convergence\nat all"),
            "its worker met LinAlgError (no convergence); look at its log",
        ),
        (WorkerFull("a worker has not enough memory"), "memory; choose a smaller --size"),
    ],
)
def test_what_nobody_foresaw_is_tried_again_and_ends_its_picture_alone(
    folders, serial, trouble, sentence
):
    serial(Unlucky(trouble, trouble, trouble))  # that of the second picture is its only one
    report = batch(folders)
    assert names(report.painted) == ["cat-swirls.png"]
    (why,) = report.failed.values()
    assert sentence in why


class Two(SerialCrew):
    """Two workers, of whom B is at its first picture until A has nothing to do for two rounds."""

    workers: ClassVar = {"A": False, "B": False}

    def __init__(self):
        super().__init__()
        self.sent, self._rounds = [], 0

    def submit(self, function, order, *arguments, at=None, deaths=None):
        self.sent.append((at, order.name))
        return len(self.sent), at

    def ended(self, tickets, seconds):
        if tickets == [(2, "B")]:
            self._rounds += 1
        return [one for one in tickets if one[1] == "A" or self._rounds > 2]

    def result(self, ticket):
        if ticket[0] == 1:
            raise WorkerFull("the worker A has not enough memory", "A")
        return {"error": f"painted by {ticket[1]}"}, None


def test_a_picture_waits_for_a_worker_that_has_not_failed_at_it(folders, serial):
    shutil.copy(folders[1] / "swirls.png", folders[1] / "other.png")
    crew = Two()
    serial(crew)
    failed = batch(folders).failed
    pictures = ["cat-mosaic.png", "cat-other.png", "cat-swirls.png", "cat-mosaic.png"]
    assert crew.sent == [*zip("ABAB", pictures, strict=True)]
    assert failed[folders[2] / "cat-mosaic.png"] == "painted by B"


def test_deaths_are_counted_apart_from_other_failures(folders, serial):
    (folders[1] / "swirls.png").unlink()
    serial(Unlucky(WorkerFull("a worker has not enough memory"), WorkersKilled("", 1)))
    (why,) = batch(folders).failed.values()
    assert why.startswith("its worker died, 1 time; choose a smaller --size")


@pytest.mark.parametrize("trouble", [RunError("no worker is left"), UsageError("another version")])
def test_a_batch_without_workers_ends(folders, serial, trouble):
    serial(Unlucky(trouble))
    with pytest.raises(RunError, match=str(trouble)):
        batch(folders)


class Listening(SerialCrew):
    """A worker that keeps what it is sent, and paints nothing."""

    def __init__(self):
        super().__init__()
        self.orders = []

    def submit(self, function, *arguments, at=None, deaths=None):
        self.orders.append(arguments[0])
        return {"error": "it paints nothing"}, None


def test_a_file_of_weights_is_named_from_the_root(folders, serial, monkeypatch, tmp_path):
    listening, loaded, whole = Listening(), [], str(tmp_path / "own.npz")
    weights = replace(load_weights("vgg19"), sha256=64 * "1")
    serial(listening)
    monkeypatch.chdir(tmp_path)
    for module in (api, work):
        monkeypatch.setattr(
            module, "load_weights", lambda name, trust: loaded.append(name) or weights
        )
    batch(folders, weights="own.npz")
    assert loaded == ["own.npz", whole]  # to plan with, and to estimate memory
    assert {order.settings.recipe.weights for order in listening.orders} == {whole}


def test_a_file_that_is_too_large_to_send_is_not_read(folders, serial, monkeypatch):
    _, styles, out = folders
    serial(Listening())
    monkeypatch.setattr(workers, "LARGEST_STREAM", 10**6)
    with (styles / "mosaic.png").open("ab") as style:
        style.truncate(3 * 10**6)
    failed = batch(folders).failed
    assert failed[out / "cat-swirls.png"] == "it paints nothing"
    assert failed[out / "cat-mosaic.png"] == (
        f"{styles / 'mosaic.png'} has 3 MB, expected at most 1 MB to send to a worker; shrink it, "
        "or leave it out"
    )


def full_folder(*given, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


def full_disk(order, control, note):
    raise RunError(f"{order.output} could not be written: No space left on device")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("module", "name", "broken", "subject"),
    [
        (elsewhere, "TemporaryDirectory", full_folder, "its files cannot be kept in the temp"),
        (child, "paint", full_disk, "{out}/cat-mosaic.png could not be written: "),
    ],
)
def test_a_picture_that_a_full_worker_cannot_keep_is_handed_in_once_more(
    folders, serial, monkeypatch, module, name, broken, subject, times
):
    (folders[1] / "swirls.png").unlink()
    ways = [getattr(module, name), *[broken] * times]
    monkeypatch.setattr(module, name, lambda *given, **options: ways.pop()(*given, **options))
    report = batch(folders)
    assert (len(report.painted), len(report.failed)) == (2 - times, times - 1)
    for why in report.failed.values():
        assert why.startswith(subject.format(out=folders[2]))
        assert why.endswith("; look at memory and disk of the worker here")


def test_what_was_painted_stays_when_a_batch_ends(folders, serial, backpaint):
    photos, styles, out = folders
    shutil.copy(styles / "swirls.png", styles / "other.png")
    crew = Unlucky(WorkersKilled("", 4), RunError("no worker is left"))
    crew.workers = dict.fromkeys("abc", False)
    serial(crew)
    words = ("batch", photos, styles, "-o", out, "--size", 32, "--iterations", 1, "--workers", 2)
    told = backpaint(*words, "--engine", "cpu")
    assert told.code == 1
    assert [path.name for path in out.glob("*.png")] == ["cat-swirls.png"]
    assert "1 of 3 failed:" in told.err
    assert told.err.index("its worker died, 4 times") < told.err.index("no worker is left")


def test_photographs_of_a_picture_that_goes_wrong_are_not_kept(folders, serial, monkeypatch):
    def broken(order, control, note):
        child.photograph(order.content, order.content_sha256)
        raise ZeroDivisionError

    monkeypatch.setattr(child, "paint", broken)
    serial(SerialCrew())
    with pytest.raises(ZeroDivisionError):
        batch(folders)
    assert child.photograph.cache_info().currsize == 0


def test_a_machine_paints_with_its_own_fastest_engine(folders, serial, monkeypatch, backpaint):
    monkeypatch.setattr(engines, "fastest_engine", lambda *task: Reference())
    photos, styles, out = folders
    words = ("batch", photos, styles / "swirls.png", "-o", out, "--size", 32, "--iterations", 1)
    told = backpaint(*words, "--workers", "tls://one.example:8786")
    assert "0 of 1 done already, 1 worker" in told.out
    (path,) = out.glob("*.png")
    assert json.loads(read_metadata(path))["engine"] == "reference"
    here = backpaint(*words, "--workers", "tls://one.example:8786", "--engine", "cpu")
    assert "painted 0, skipped 1 of 1" in here.out


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"workers": 0}, "a batch has a process for its pictures anyway"),
        ({"workers": "tcp://10.0.0.5:8786"}, "tcp lets anybody on the network run programs"),
        ({"checkpoint": True}, "checkpoint keeps runs on this machine, and pictures are painted"),
        ({"jobs": 2}, "jobs is 2, and pictures are painted by workers"),
        (
            {"workers": 2, "engine": "reference"},
            "workers is 2, and the engine reference; .* choose that, or workers 1",
        ),
    ],
)
def test_what_workers_cannot_have_is_refused_before_any_work(folders, given, sentence):
    with pytest.raises(UsageError, match=sentence):
        batch(folders, **given)
    assert not folders[2].exists()


@pytest.fixture(scope="module")
def crew():
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    yield crew_of(2, None)
    assert len(crews._open) == 1  # those of batches were the same
    close_crews()


@pytest.mark.slow
@pytest.mark.filterwarnings("default::ResourceWarning")  # sockets of Dask, which it closes
def test_a_picture_whose_worker_is_killed_is_painted_once_more_and_not_again(
    crew, folders, monkeypatch
):
    (folders[1] / "mosaic.png").unlink()
    twice, once = [batch_with_killed_workers(crew, folders, n, monkeypatch) for n in (2, 1)]
    (why,), (path,) = twice.failed.values(), once.painted
    assert re.match(r"its worker died, 2 times, the last one tls://127.0.0.1:\d+; choose a ", why)
    style = folders[1] / "swirls.png"
    alone = backpaint.paint(folders[0] / "cat.png", style, size=32, iterations=9, engine="cpu")
    assert np.array_equal(read_image(path).pixels, alone.image)


def batch_with_killed_workers(crew, folders, times, monkeypatch):
    client, killed, seen, result = crew._client, set(), [], crew.result

    def seeing(ticket):
        try:
            return result(ticket)
        except WorkersKilled as error:
            seen.append(error.worker)
            raise

    def kill():
        end = time.monotonic() + 120
        while len(killed) < times and time.monotonic() < end:
            busy = {address for address, is_busy in crew.workers.items() if is_busy}
            for address in busy - killed:
                os.kill(client.run(os.getpid, workers=[address])[address], signal.SIGKILL)
                killed.add(address)
            time.sleep(0.02)

    monkeypatch.setattr(crew, "result", seeing)
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    report = batch(folders, iterations=9, workers=2)
    killer.join(120)
    monkeypatch.setattr(crew, "result", result)
    assert len(seen) == times
    assert {*seen} == killed
    return report


@pytest.mark.slow
@pytest.mark.filterwarnings("default::ResourceWarning")
def test_pictures_that_nobody_waits_for_any_more_are_given_up(crew, folders):
    control = Control()

    def stop():
        end = time.monotonic() + 120
        while sum(crew.workers.values()) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1)  # some evaluations
        control.stop()

    stopper = threading.Thread(target=stop, daemon=True)
    stopper.start()
    endless = {"iterations": 10**6, "changes": {"optimizer.factr": 0.0}}
    report = batch(folders, workers=2, control=control, **endless)
    stopper.join()
    assert (report.painted, report.failed, report.interrupted) == ([], {}, True)
    assert Path(folders[2]).is_dir()
    end = time.monotonic() + 60
    while any(crew._client.run(lambda dask_worker: dask_worker.state.executing_count).values()):
        assert time.monotonic() < end
        time.sleep(0.1)
