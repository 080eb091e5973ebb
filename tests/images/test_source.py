"""Pictures from pipes and from standard input: read into a file, within bounds."""

import io
import os
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.images import read_image, source

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes with names are of POSIX")


@pytest.fixture
def encoded(smooth_rgb):
    file = io.BytesIO()
    Image.fromarray(smooth_rgb).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def fifo(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    return tmp_path / "a.png"


def written_by_a_thread(fifo, content):
    """Write until everything is written, or nobody reads any more."""

    def write():
        with suppress(BrokenPipeError):
            fifo.write_bytes(content)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


def test_a_pipe_with_a_name(fifo, encoded, smooth_rgb):
    thread = written_by_a_thread(fifo, encoded)
    read = read_image(fifo)
    thread.join()
    np.testing.assert_array_equal(read.pixels, smooth_rgb)
    assert read.name == "a.png"


def test_a_pipe_without_a_writer_is_given_up(fifo, monkeypatch):
    monkeypatch.setattr(source, "PATIENCE", 0.1)
    with pytest.raises(UsageError, match=r"a\.png: .* nothing came for 0\.1 s"):
        read_image(fifo)


def test_a_writer_that_falls_silent_is_given_up(fifo, encoded, monkeypatch):
    monkeypatch.setattr(source, "PATIENCE", 0.2)
    writer = os.open(fifo, os.O_RDWR)
    os.write(writer, encoded[:50])
    with pytest.raises(UsageError, match="nothing came for"):
        read_image(fifo)
    os.close(writer)


def test_a_pipe_that_ends_at_once(fifo):
    thread = written_by_a_thread(fifo, b"")
    with pytest.raises(UsageError, match="found nothing to read"):
        read_image(fifo)
    thread.join()


def test_a_pipe_of_more_than_is_read(fifo, monkeypatch):
    monkeypatch.setattr(source, "LARGEST_STREAM", 1 << 21)
    thread = written_by_a_thread(fifo, bytes(5 << 19))
    with pytest.raises(UsageError, match="at most 2 MB from a pipe, found more"):
        read_image(fifo)
    thread.join()


def test_no_temporary_file_stays(fifo, encoded, tmp_path, monkeypatch):
    (tmp_path / "t").mkdir()
    monkeypatch.setattr(source.tempfile, "tempdir", str(tmp_path / "t"))
    for content in (encoded, b"no picture"):
        thread = written_by_a_thread(fifo, content)
        with suppress(UsageError):
            read_image(fifo)
        thread.join()
    assert list((tmp_path / "t").iterdir()) == []


@contextmanager
def standard_input(source):
    """Let a file, or its descriptor, be the standard input of this process."""
    kept = os.dup(0)
    os.dup2(source if isinstance(source, int) else source.fileno(), 0)
    try:
        with pytest.MonkeyPatch.context() as patched, open(0, closefd=False) as stream:
            patched.setattr(sys, "stdin", stream)
            yield
    finally:
        os.dup2(kept, 0)
        os.close(kept)


@contextmanager
def open_pipe(content):
    """Open a pipe that holds all that will come."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    try:
        yield reader
    finally:
        os.close(reader)


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_from_a_pipe_and_from_a_file(name, encoded, tmp_path, smooth_rgb):
    (tmp_path / "a.png").write_bytes(encoded)
    with open_pipe(encoded) as pipe, (tmp_path / "a.png").open("rb") as file:
        for source in (pipe, file):
            with standard_input(source):
                read = read_image(name)
            assert read.name == "standard input"
            np.testing.assert_array_equal(read.pixels, smooth_rgb)


def test_a_process_reads_its_standard_input(encoded):
    code = "from backpaint.images import read_image; print(read_image('-').name)"
    done = subprocess.run([sys.executable, "-c", code], input=encoded, capture_output=True)
    assert done.stdout == b"standard input\n"


def test_a_number_of_an_open_pipe_and_of_a_removed_file(encoded, tmp_path, smooth_rgb):
    with open_pipe(encoded) as pipe:
        read = read_image(f"/dev/fd/{pipe}")
    assert read.name.startswith("pipe ")
    np.testing.assert_array_equal(read.pixels, smooth_rgb)
    (tmp_path / "a.png").write_bytes(encoded)
    with (tmp_path / "a.png").open("rb") as file:
        (tmp_path / "a.png").unlink()
        np.testing.assert_array_equal(read_image(f"/dev/fd/{file.fileno()}").pixels, smooth_rgb)


def test_standard_input_gives_one_picture(encoded):
    with open_pipe(encoded) as pipe, standard_input(pipe):
        read_image("-")
        with pytest.raises(UsageError, match="standard input: expected a picture, found nothing"):
            read_image("-")


def test_a_terminal_is_no_picture():
    main, terminal = os.openpty()
    with standard_input(terminal), pytest.raises(UsageError, match="a terminal; name a file"):
        read_image("-")
    os.close(main)
    os.close(terminal)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without end")
def test_devices_are_refused():
    with (
        Path("/dev/zero").open("rb") as zero,
        standard_input(zero),
        pytest.raises(UsageError, match="found a device"),
    ):
        read_image("-")
    with pytest.raises(UsageError, match="found a device"):
        read_image("/dev/zero")
