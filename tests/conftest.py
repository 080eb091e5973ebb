"""What all tests share: an embedded network is unpacked once in a process, not in every test."""

import gc
import os
import signal
import stat
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before NumPy: threads of BLAS that wait for one another's processor take most of its time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

from backpaint.examples import example_path
from backpaint.images import read_image, resize, write_image
from backpaint.weights import VGGWeights
from backpaint.weights.assembly import embedded

from .reference.thin import WeightsInEights, thin_weights

AROUND_THE_NETWORK = {"cli", "contact_sheet", "film", "painting", "test_api.py"}
"""Rooms whose tests paint with few channels, but in a child process: every line runs as it does
with all channels, in a fifth of the time."""

load = embedded.load


def pytest_configure() -> None:
    """Hear Ctrl-C, which programs started in the background ignore, and so do their children.

    Tests that send signals would wait for ever.  Modules that load a network when they are
    imported get the one that tests share.
    """
    embedded.load = load_once
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the collector thousands of tests that stay: each of its visits would cost 0.2 s."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def kept_as_it_is(weights: VGGWeights) -> VGGWeights:
    """Let nothing write to what all tests share."""
    for array in (*weights.filters.values(), *weights.biases.values()):
        array.setflags(write=False)
    return weights


@cache
def load_once(name: str) -> VGGWeights:
    """Unpack a network."""
    return kept_as_it_is(load(name))


@cache
def thin_once(name: str) -> VGGWeights:
    """Draw a network of few channels, to be treated as the embedded one of its depth."""
    depth = embedded.NAMES[name]
    drawn = thin_weights(depth, kind=WeightsInEights)
    told = {"origin": f"embedded VGG-{depth}", "format": "embedded", "sha256": f"{depth:064}"}
    return kept_as_it_is(replace(drawn, **told))


@cache
def is_around_the_network(path: Path) -> bool:
    """Whether a file of tests is of such a room."""
    return path.relative_to(Path(__file__).parent).parts[0] in AROUND_THE_NETWORK


@pytest.fixture(autouse=True)
def networks_are_unpacked_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hand out the same two networks, thin ones in some rooms."""
    embedded.load = thin_once if is_around_the_network(request.path) else load_once
    yield
    embedded.load = load_once


@pytest.fixture
def whole_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint with the embedded networks after all."""
    monkeypatch.setattr(embedded, "load", load_once)


@pytest.fixture
def thin_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute with few channels, as those rooms do."""
    monkeypatch.setattr(embedded, "load", thin_once)


@pytest.fixture(autouse=True)
def pytorch_has_one_thread() -> None:
    """Let no judge wait for its other threads: beside other tests, that takes most of its time."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def files_need_not_reach_the_disk() -> Iterator[None]:
    """Spare the disk: no test cuts the power, and each of thousands of files would wait for it."""
    sync = os.fsync

    def sync_others(descriptor: int) -> None:
        kind = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            sync(descriptor)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", sync_others)
        yield


@pytest.fixture(scope="session")
def small_pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The cat and two styles at about 40 pixels, as PNG."""
    path, made = tmp_path_factory.mktemp("small") / "small.png", {}
    for name, height, width in [("cat", 35, 42), ("swirls", 40, 33), ("mosaic", 37, 37)]:
        pixels = resize(read_image(example_path(name)).pixels, height, width, "bilinear")
        write_image(path, pixels)
        made[name] = path.read_bytes()
    return made


@pytest.fixture
def pictures(tmp_path: Path, small_pictures: dict[str, bytes]) -> dict[str, Path]:
    """Files of those."""
    paths = {name: tmp_path / f"{name}.png" for name in small_pictures}
    for name, path in paths.items():
        path.write_bytes(small_pictures[name])
    return paths


@pytest.fixture
def backpaint(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Finished]:
    """Run a command line in this process and catch what it prints and how it exits."""
    from backpaint.cli import main

    def run(*arguments: object) -> Finished:
        monkeypatch.setattr("sys.argv", ["backpaint", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Finished(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def noise() -> np.ndarray:
    """Pixels 0..255 of no picture, (20, 24, 3)."""
    return np.random.default_rng(7).uniform(0, 255, (20, 24, 3))
