"""The emulator's arrays refuse what CuPy's refuse, and lie in memory as CuPy's do."""

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.device.kernel import kernel

from .array_calls import CALLS, SHAPE, outcome


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_what_it_does_in_cupy(name):
    a = device.xp().zeros(SHAPE, np.float32)
    assert outcome(CALLS[name], device.xp(), a) == CALLS[name].comes_to


def test_columns_of_the_host_are_columns_of_the_device():
    xp, host = device.xp(), np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    columns = xp.asarray(host)
    assert columns.strides == xp.empty_like(columns).strides == xp.zeros_like(columns).strides
    assert columns.strides == columns.astype(np.int32).strides == (4, 8)
    assert columns.copy().strides == xp.ascontiguousarray(columns).strides == (12, 4)
    assert np.array_equal(device.to_host(columns), host)
    with pytest.raises(TypeError, match="argument 0 is not contiguous"):
        kernel("relu.cu", "relu_forward", REAL="float")((1,), (1,), (columns, columns, np.int64(6)))


def test_what_is_allocated_is_no_longer_free():
    runtime = device.xp().cuda.runtime
    free, total = runtime.memGetInfo()
    array = device.xp().zeros(1024, np.float32)
    assert runtime.memGetInfo() == (free - array.nbytes, total)
    del array
    assert runtime.memGetInfo() == (free, total)


def test_pieces_of_the_host_come_in_one():
    host = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2]
    assert device.xp().asarray(host).strides == (8, 4)
    assert np.array_equal(device.to_host(device.xp().asarray(host)), host)


def test_no_axes_in_one_piece_are_one_axis():
    assert device.xp().ascontiguousarray(device.xp().asarray(2.0)).shape == (1,)
