"""Nobody but this user puts files where programs are loaded from."""

import os

import pytest

from backpaint import private_folder as module
from backpaint.private_folder import is_ours_alone, private_folder

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def wanted(tmp_path):
    return tmp_path / "cache" / "libraries"


def test_a_new_folder_is_open_to_nobody_else(wanted):
    previous = os.umask(0)
    try:
        assert private_folder(wanted) == wanted
    finally:
        os.umask(previous)
    assert wanted.stat().st_mode & 0o777 == 0o700


def test_an_earlier_folder_that_others_may_read_is_taken(wanted):
    wanted.mkdir(parents=True)
    wanted.chmod(0o755)
    assert private_folder(wanted) == wanted


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757, 0o1777])
def test_a_folder_that_others_may_write_to_is_not_taken(wanted, mode):
    wanted.mkdir(parents=True)
    wanted.chmod(mode)
    instead = private_folder(wanted)
    assert instead != wanted
    assert instead.stat().st_mode & 0o777 == 0o700
    assert private_folder(wanted) == instead


@pytest.mark.parametrize(("mode", "is_safe"), [(0o777, False), (0o757, False), (0o1777, True)])
def test_a_folder_that_others_could_exchange_is_not_taken(wanted, mode, is_safe):
    """Whoever may write to the folder above may put another in its place; not with /tmp's bit."""
    wanted.mkdir(parents=True, mode=0o700)
    wanted.parent.chmod(mode)
    assert (private_folder(wanted) == wanted) is is_safe


@as_root
@pytest.mark.parametrize("group", [0, NOBODY])
def test_a_group_of_several_could_exchange_it(wanted, group):
    """One's own group of one cannot: with it, many systems make folders of mode 0775."""
    wanted.mkdir(parents=True, mode=0o700)
    wanted.parent.chmod(0o775)
    os.chown(wanted.parent, 0, group)
    assert (private_folder(wanted) == wanted) is module._has_one_member(group)
    assert not module._has_one_member(NOBODY)


@as_root
@pytest.mark.parametrize("which", ["folder", "parent"])
def test_a_folder_of_somebody_else_is_not_taken(wanted, which):
    wanted.mkdir(parents=True, mode=0o700)
    os.chown(wanted if which == "folder" else wanted.parent, NOBODY, NOBODY)
    assert private_folder(wanted) != wanted


def test_where_no_folder_can_be_made_a_temporary_one_is(tmp_path):
    (tmp_path / "file").touch()
    assert private_folder(tmp_path / "file" / "cache").is_dir()


def test_a_link_to_a_folder_is_followed_before_it_is_judged(wanted, tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    wanted.parent.mkdir()
    wanted.symlink_to(tmp_path / "real")
    assert private_folder(wanted) == tmp_path / "real"
    (tmp_path / "real").chmod(0o777)
    assert private_folder(wanted) != tmp_path / "real"


def test_files_that_are_ours_alone(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.touch(mode=0o644)
    link.symlink_to(path)
    assert is_ours_alone(path)
    assert not is_ours_alone(link)
    path.chmod(0o664)
    assert not is_ours_alone(path)
    with pytest.raises(FileNotFoundError):
        is_ours_alone(tmp_path / "missing")


def test_a_temporary_folder_goes_with_the_program(tmp_path):
    import subprocess
    import sys

    code = (
        "from pathlib import Path; from backpaint.private_folder import private_folder; "
        "print(private_folder(Path('/dev/null/cache')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.strip().startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path_factory):
    """The temporary folder of this process is another test's."""
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
    module._temporary_folder.cache_clear()
    yield
    module._temporary_folder.cache_clear()
