"""Pictures from pipes and from standard input: read into a file, within bounds."""

import io
import os
import subprocess
import sys
import threading
from contextlib import suppress
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


def run(arguments, **options):
    code = "import sys; from backpaint.images import read_image\n"
    code += "for path in sys.argv[1:]: print(read_image(path).name)"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, timeout=60, **options
    )


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_from_a_pipe_and_from_a_file(name, encoded, tmp_path):
    assert run([name], input=encoded).stdout == b"standard input\n"
    (tmp_path / "a.png").write_bytes(encoded)
    with (tmp_path / "a.png").open("rb") as file:
        assert run([name], stdin=file).stdout == b"standard input\n"


def test_a_number_of_an_open_pipe_and_of_a_removed_file(encoded, tmp_path):
    reader, writer = os.pipe()
    os.write(writer, encoded)
    os.close(writer)
    assert run([f"/dev/fd/{reader}"], pass_fds=[reader]).stdout.startswith(b"pipe ")
    os.close(reader)
    (tmp_path / "a.png").write_bytes(encoded)
    with (tmp_path / "a.png").open("rb") as file:
        (tmp_path / "a.png").unlink()
        assert run([f"/dev/fd/{file.fileno()}"], pass_fds=[file.fileno()]).returncode == 0


def test_standard_input_gives_one_picture(encoded):
    result = run(["-", "-"], input=encoded)
    assert result.stdout == b"standard input\n"
    assert b"standard input: expected a picture, found nothing to read" in result.stderr


def test_a_terminal_is_no_picture():
    main, terminal = os.openpty()
    result = run(["-"], stdin=terminal)
    assert b"found a terminal; name a file" in result.stderr
    os.close(main)
    os.close(terminal)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without end")
def test_devices_are_refused():
    with Path("/dev/zero").open("rb") as zero:
        assert b"found a device" in run(["-"], stdin=zero).stderr
    with pytest.raises(UsageError, match="found a device"):
        read_image("/dev/zero")
