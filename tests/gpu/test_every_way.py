"""What compares every way on a device finds every fault, and says so."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backpaint.gpu.convolution.convolution import ConvTask, ruled_way
from backpaint.gpu.convolution.filters import prepare_filters
from backpaint.gpu.device.device import to_host, xp

from .convolution.convolutions import example
from .every_way import Compared

pytestmark = pytest.mark.usefixtures("emulated")


def launch_of(sums: Any, bits: Any, fault: str) -> Callable[[], None]:
    """Make a launch with a fault."""

    def launch() -> None:
        end = 63 if fault == "unwritten" else 64
        sums[:end] = 1
        bits[...] = 3
        if fault in ("number", "nan"):
            sums[5] = np.nan if fault == "nan" else 1.001
        if fault == "byte":
            bits[7] = 2

    return launch


@pytest.mark.parametrize("fault", ["none", "number", "nan", "unwritten", "byte"])
def test_a_fault_is_found_and_told(fault, capsys):
    sums, bits = xp().zeros(64, np.float32), xp().zeros(8, np.uint8)
    ways = {name: launch_of(sums, bits, fault * (name == "new")) for name in ("old", "new", "like")}
    compared = Compared()
    compared("task", ways, sums, bits)
    assert compared.verdict() is (fault == "none")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"2 ways compared, {int(fault != 'none')} WRONG"
    assert (lines[-2].startswith("WRONG new, task: ")) is (fault != "none")
    assert np.array_equal(to_host(sums), np.ones(64))  # the usual way's results stay


@pytest.mark.parametrize("fault", ["none", "number", "byte"])
def test_a_fault_of_a_convolution_that_adds_is_found(fault):
    x, w, _ = example(3, 4, 64, 64)
    given, filters = xp().asarray(x), prepare_filters(w, "exact")
    out, alone = xp().asarray(x), xp().asarray(x)
    bits = xp().zeros((3, 4, 8), np.uint8)
    usual = ruled_way(ConvTask("exact", "float32", 3, 4, 64, 64, ()))

    class Wrong:
        label, workspace_bytes = "wrong", 0

        def __call__(self, x: Any, filters: Any, out: Any, **steps: Any) -> None:
            usual(x, filters, out, **steps)
            if fault != "none":
                (out if fault == "number" else steps["positive"])[1, 2, 3] = 7

    compared = Compared()
    convolve = compared.convolver(lambda *_: (usual, Wrong()))
    convolve(given, filters, out, add=out, positive=bits)
    usual(given, filters, alone, workspace=None, add=alone)
    assert compared.verdict() is (fault == "none")
    assert np.array_equal(to_host(out), to_host(alone))


def test_nothing_compared_is_nothing_right():
    assert not Compared().verdict()
