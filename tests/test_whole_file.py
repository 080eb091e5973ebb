"""Files are replaced whole or stay as they were; `images.write` has more tests of the same."""

import os
import socket

import pytest

from backpaint.errors import RunError, UsageError
from backpaint.painting.diary.journal import Journal
from backpaint.painting.diary.plot import check_plot, plot_losses
from backpaint.painting.run import Record
from backpaint.whole_file import require_writable, whole_file

HISTORY = [Record(1, 0, 5.0, {"content relu4_2": 5.0}, 1.0, 0.1)]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with whole_file(path) as part:
        part.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def write_half() -> None:
        with whole_file(path) as part:
            part.write_text("half")
            raise error

    with pytest.raises(RunError if isinstance(error, OSError) else KeyboardInterrupt):
        write_half()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_gone_is_told_in_one_sentence(tmp_path):
    path = tmp_path / "gone" / "a.txt"
    with pytest.raises(RunError, match=r"a\.txt could not be written: "), whole_file(path) as part:
        part.write_text("after")


@pytest.mark.parametrize("name", ["folder", "missing/a.txt", "file/a.txt"])
def test_places_where_nothing_can_be_written(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"found a folder; name a file|found none; create it"):
        require_writable(tmp_path / name)


@pytest.fixture(params=["pipe", "socket", "device", "link to a pipe"])
def special(request, tmp_path, monkeypatch):
    """What looks like a file and is none."""
    path = tmp_path / "special.txt"
    if request.param == "pipe":
        os.mkfifo(path)
    if request.param == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe")
    if request.param == "device":
        path.symlink_to("/dev/full")
    if request.param == "socket":
        with socket.socket(socket.AF_UNIX) as listening:
            monkeypatch.chdir(tmp_path)  # a socket's name is short
            listening.bind(path.name)
    return path


def test_what_is_no_file_is_neither_written_nor_replaced(special):
    before = special.stat()
    with pytest.raises(UsageError, match="expected a file, found a folder, pipe, device or socket"):
        require_writable(special)
    with pytest.raises(RunError, match="expected a file, found"), whole_file(special) as part:
        part.write_text("after")
    with pytest.raises(UsageError, match=r"the log .*special\.txt cannot be written: "):
        Journal(special)
    after = special.stat()
    assert (before.st_mode, before.st_ino) == (after.st_mode, after.st_ino)


def test_a_folder_is_no_log(tmp_path):
    with pytest.raises(UsageError, match=r"the log .* cannot be written: Is a directory"):
        Journal(tmp_path)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o755])
def test_permissions_of_what_is_replaced_stay(tmp_path, mode, umask):
    """They hold for the unfinished file, too: it has the same contents."""
    path = tmp_path / "a.txt"
    path.touch()
    path.chmod(mode)
    previous = os.umask(umask)
    try:
        with whole_file(path) as part:
            part.write_text("after")
            assert part.stat().st_mode & 0o777 == mode
    finally:
        os.umask(previous)
    assert path.stat().st_mode & 0o777 == mode
    assert path.read_text() == "after"


def test_a_log_is_written_anew(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("before " * 100)
    with Journal(path) as journal:
        journal.write(HISTORY[0])
    assert path.read_text().startswith('{"evaluation": 1')
    assert path.read_text().count("\n") == 1


@pytest.mark.parametrize("extension", ["png", "svg", "pdf", "JPG"])
def test_a_plot_has_the_format_of_its_name(tmp_path, extension):
    path = tmp_path / f"loss.{extension}"
    plot_losses(HISTORY, path, "gatys")
    begin = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "JPG": b"\xff\xd8"}[extension]
    assert path.read_bytes().startswith(begin)
    assert list(tmp_path.iterdir()) == [path]


def test_a_plot_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "loss.png"
    path.write_bytes(b"before")

    def disk_full(figure, part, **options):
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    from matplotlib.figure import Figure  # slow to import

    monkeypatch.setattr(Figure, "savefig", disk_full)
    with pytest.raises(RunError, match=r"loss\.png could not be written.*No space left"):
        plot_losses(HISTORY, path, "gatys")
    assert path.read_bytes() == b"before"


def test_a_plot_is_refused_before_the_run(tmp_path):
    (tmp_path / "loss.png").mkdir()
    with pytest.raises(UsageError, match="found a folder"):
        check_plot(tmp_path / "loss.png")
    with pytest.raises(UsageError, match="unknown format"):
        check_plot(tmp_path / "loss.txt")
