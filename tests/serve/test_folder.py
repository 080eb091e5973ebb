"""Folders of servers that died are swept away, and no others."""

import tempfile

import pytest

from backpaint.serve import folder as folders


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    pytest.importorskip("fcntl", reason="needs file locks as Unix has them")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(here, name="dead"):
    folder = here / f"{folders.PREFIX}{name}"
    folder.mkdir(mode=0o700)
    (folder / folders.LOCK).touch()
    (folder / "photo").write_bytes(b"x")
    return folder


def test_a_folder_lives_as_long_as_its_server_and_is_its_users_alone(here):
    with folders.served_folder() as folder:
        assert folder.parent == here
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "photo").write_bytes(b"x")
        assert folders.sweep() == []
        assert (folder / "photo").exists()
    assert list(here.iterdir()) == []


def test_what_a_dead_server_left_is_swept_when_the_next_starts(here):
    left_behind(here)
    with folders.served_folder() as folder:
        assert list(here.iterdir()) == [folder]


def test_what_is_no_servers_stays(here):
    (here / "backpaint-other").mkdir()
    (here / f"{folders.PREFIX}starting").mkdir(mode=0o700)  # not yet locked
    victim = here / "precious"
    victim.mkdir()
    (victim / folders.LOCK).touch()
    (here / f"{folders.PREFIX}link").symlink_to(victim)
    open_to_all = left_behind(here, "open")
    open_to_all.chmod(0o777)
    linked = left_behind(here, "linked")
    (linked / folders.LOCK).unlink()
    (linked / folders.LOCK).symlink_to(victim / folders.LOCK)
    assert folders.sweep() == []
    assert len(list(here.iterdir())) == 6
    assert (victim / folders.LOCK).exists()
