"""A child process may crash, hang, or eat memory: the parent only hears of it."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import load_weights
from backpaint.weights.assemble import UnsuitableFileError
from backpaint.weights.isolation import Limits, isolated_call


@pytest.fixture
def misbehaving(monkeypatch):
    folder = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", folder)  # for the child
    monkeypatch.syspath_prepend(folder)
    import misbehaving

    return misbehaving


def refusal(function, path="some.mat", limits=None):
    with pytest.raises(UnsuitableFileError) as caught, isolated_call(function, path, limits):
        pass
    return str(caught.value)


def test_values_and_arrays_come_back(misbehaving):
    with isolated_call(misbehaving.parrot, Path("a/some.mat")) as answer:
        assert answer.values == {"name": "some.mat"}
        expected = misbehaving.parrot(Path("x"))[1]
        assert [array.shape for array in answer.arrays] == [array.shape for array in expected]
        for number in (3, 1, 0, 2, 4):  # in any order
            array = answer.arrays[number].read()
            assert array.dtype == expected[number].dtype
            assert array.flags.c_contiguous
            assert np.array_equal(array, expected[number])


def test_a_complaint_is_told(misbehaving):
    assert "damaged or cut short (cannot parse some.mat)" in refusal(misbehaving.complains)
    assert "holds values of type |O" in refusal(misbehaving.talks_nonsense)


@pytest.mark.parametrize("function", ["crashes", "exits"])
def test_a_crash_means_damaged(function, misbehaving):
    says = refusal(getattr(misbehaving, function))
    assert says == "its parser crashes, so it is damaged; expected a complete file"


def test_a_crash_while_sending(misbehaving):
    with isolated_call(misbehaving.crashes_late, Path("x")) as answer:
        with pytest.raises(UnsuitableFileError, match="its parser crashes"):
            answer.arrays[0].read()
        with pytest.raises(UnsuitableFileError, match="its parser crashes"):
            answer.arrays[0].read()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit address space")
def test_memory_is_limited(misbehaving):
    says = refusal(misbehaving.eats_memory, limits=Limits(memory=1 << 30))
    assert "Unable to allocate 2.00 GiB" in says


@pytest.mark.parametrize("function", ["sleeps", "works_forever"])
def test_time_is_limited(function, misbehaving):
    start = time.monotonic()
    says = refusal(getattr(misbehaving, function), limits=Limits(seconds=1.5))
    assert says == "reading it takes longer than 1.5 s; expected a file read in seconds"
    assert time.monotonic() - start < 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_nothing_is_written(misbehaving, tmp_path):
    assert "damaged" in refusal(misbehaving.writes, path=tmp_path / "written")
    assert (tmp_path / "written").read_bytes() == b""


def test_modules_of_the_current_folder_are_not_imported(
    files, small, tmp_path, monkeypatch, assert_same
):
    (tmp_path / "scipy.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    path = files.v5(tmp_path / "a.mat", files.matconvnet_variables(small, "new", False))
    assert_same(load_weights(path), small.rgb_filters, small.biases)


def test_a_file_that_crashes_scipy_is_refused(files, small, tmp_path):
    """One changed byte: the flags of the first array are said to be of another type."""
    path = files.v5(tmp_path / "a.mat", files.matconvnet_variables(small, "new", False))
    damaged = bytearray(path.read_bytes())
    assert damaged[144] == 1  # what savemat writes; MATLAB itself writes 6
    damaged[144] = 9
    path.write_bytes(damaged)
    with pytest.raises(UsageError, match="its parser crashes, so it is damaged; expected a compl"):
        load_weights(path)
