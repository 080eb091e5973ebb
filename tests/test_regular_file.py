"""Only what is a file is opened; a file with several names is one file."""

import os

import pytest

from backpaint.regular_file import is_same_file, open_regular


def test_a_file_opens_as_always(tmp_path):
    path = tmp_path / "a.txt"
    with open_regular(path, "a", encoding="utf-8") as file:
        file.write("día\n")
    with open_regular(str(path)) as file:
        assert file.read() == "día\n".encode()


@pytest.mark.parametrize("mode", ["rb", "ab"])
def test_a_pipe_is_refused_at_once(tmp_path, mode):
    """Plain `open` would wait for somebody at the other end."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe"):
        open_regular(tmp_path / "pipe", mode)


def test_a_pipe_with_somebody_at_its_end_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    end = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="expected a file, found a folder, pipe, device or socket"):
        open_regular(tmp_path / "pipe", "ab")
    os.close(end)


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero", "/dev"])
def test_devices_and_folders_are_refused(name):
    with pytest.raises(OSError, match="expected a file"):
        open_regular(name)


def test_a_link_is_followed_unless_forbidden(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"content"
    for mode in ("rb", "ab"):
        with pytest.raises(OSError, match="symbolic links"):
            open_regular(tmp_path / "link", mode, follow=False)


def test_links_of_both_kinds_are_the_same_file(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("same")
    other.write_text("same")
    (tmp_path / "hard").hardlink_to(one)
    (tmp_path / "soft").symlink_to(one)
    (tmp_path / "dangling").symlink_to(tmp_path / "later")
    assert is_same_file(one, tmp_path / "hard")
    assert is_same_file(tmp_path / "soft", str(tmp_path / "hard"))
    assert not is_same_file(one, other)
    assert not is_same_file(one, tmp_path / "later")
    assert is_same_file(tmp_path / "dangling", tmp_path / "later")
