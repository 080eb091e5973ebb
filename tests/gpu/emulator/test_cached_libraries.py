"""A compiled kernel is loaded again, but never one that somebody else may have put there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from backpaint import private_folder
from backpaint.gpu.emulator import compiler

CODE = 'extern "C" __global__ void k(float *x) { x[0] = 1; }\n'
NOBODY = 65534
FLAGS = ("-O0", "-shared", "-fPIC", "-D__global__=", "-DCPU_EXPORT(...)=")
"""Without the emulator's header, which takes most of the time: no kernel is launched here."""

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")


def loaded():
    """Load the library of `CODE` as a new process would."""
    compiler.library.cache_clear()
    return Path(compiler.library(CODE, ("-DREAL=float",))._name)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Compile once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("compiled")))
        patch.setattr(compiler, "FLAGS", FLAGS)
        yield loaded()


@pytest.fixture
def load(compiled, tmp_path, monkeypatch):
    """Load with the cache in `tmp_path`, where the library lies already."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compiler, "FLAGS", FLAGS)
    monkeypatch.setattr(private_folder.tempfile, "tempdir", str(tmp_path))
    private_folder._temporary_folder.cache_clear()
    folder = private_folder.private_folder(tmp_path / "cache" / "backpaint" / "emulator")
    shutil.copy(compiled, folder / compiled.name)
    yield loaded
    compiler.library.cache_clear()
    private_folder._temporary_folder.cache_clear()


@pytest.fixture
def plant(tmp_path):
    """Replace a library by one that leaves a mark as soon as it is loaded."""
    mark, code = tmp_path / "CODE_RAN", tmp_path / "planted.c"
    code.write_text(
        "#include <stdio.h>\n"
        f'__attribute__((constructor)) void f() {{ fclose(fopen("{mark}", "w")); }}\n'
    )

    def planted(path):
        path.unlink()
        subprocess.run(["g++", "-shared", "-fPIC", "-xc", code, "-o", path], check=True)
        return mark

    return planted


def test_a_library_is_compiled_once(load, compiled):
    assert compiled.parent.name == "emulator"
    assert [folder.stat().st_mode & 0o777 for folder in (compiled, compiled.parent)] == [0o700] * 2
    path = load()
    made = path.stat()
    assert load() == path
    assert path.stat().st_mtime_ns == made.st_mtime_ns


def test_a_planted_library_would_run(load, plant):
    """What all the following tests rest on: our own file, in our own folder, is trusted."""
    path = load()
    mark = plant(path)
    path.chmod(0o700)
    compiler.ctypes.CDLL(str(shutil.copy(path, path.with_name("other.so"))))
    assert mark.exists()


def test_a_library_in_a_folder_open_to_all_is_not_loaded(load, plant):
    path = load()
    mark = plant(path)
    path.parent.chmod(0o777)
    instead = load()
    assert instead.parent != path.parent
    assert not mark.exists()


def test_a_library_that_others_may_write_to_is_compiled_anew(load, plant):
    path = load()
    mark = plant(path)
    path.chmod(0o722)
    assert load() == path
    assert not mark.exists()
    assert path.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_library_of_somebody_else_is_not_loaded(load, plant, which):
    path = load()
    mark = plant(path)
    path.chmod(0o700)
    os.chown(path if which == "file" else path.parent, NOBODY, NOBODY)
    load()
    assert not mark.exists()


def test_a_link_to_a_library_is_not_loaded(load, plant, tmp_path):
    path = load()
    mark = plant(path)
    path.chmod(0o700)
    path.rename(tmp_path / "elsewhere.so")
    path.symlink_to(tmp_path / "elsewhere.so")
    load()
    assert not mark.exists()
    assert not path.is_symlink()
