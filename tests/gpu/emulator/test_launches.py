"""The emulator refuses launches that a device refuses, or would take in silence and do wrong."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.device.kernel import Kernel

from .conftest import Kernels, compiled

SOURCE = r"""
struct Pair { int first; float second; };
extern "C" __global__ void mixed(float* y, const unsigned char* bytes, int n, double factor,
                                 long long count, Pair pair) {
  y[0] = bytes[0] + n + factor + count + pair.first + pair.second;
}
extern "C" __global__ void write(float* y, long long at) { y[at] = 1.f; }
extern "C" __global__ void any(void* y, const float4* x) { *(float*)y = x->w; }
extern "C" __global__ void nothing() {}
"""
PAIR = np.array([(32, 64.0)], [("first", np.int32), ("second", np.float32)])


@pytest.fixture
def kernels() -> Kernels:
    return compiled(SOURCE)


@pytest.fixture
def y() -> Any:
    return device.xp().zeros(4, np.float32)


def arguments(y: Any) -> list[Any]:
    bytes_ = device.xp().asarray(np.array([1], np.uint8))
    return [y, bytes_, np.int32(2), np.float64(4), np.int64(8), PAIR]


def test_arguments_arrive(kernels, y):
    kernels("mixed")((1,), (1,), tuple(arguments(y)))
    assert float(y[0]) == 111


@pytest.mark.parametrize(
    ("index", "value", "found"),
    [
        (0, "float64 array", r"float64\*"),
        (0, np.float32(0), "float32"),
        (0, np.zeros(4, np.float32), "ndarray"),
        (2, np.int64(2), "int64"),
        (2, 2, "int .give a NumPy number"),
        (3, np.float32(4), "float32"),
        (4, np.int32(8), "int32"),
        (5, np.zeros(1, np.float32), "struct4"),
    ],
)
def test_a_wrong_type_is_named(kernels, y, index, value, found):
    values = arguments(y)
    values[index] = device.xp().zeros(4) if isinstance(value, str) else value
    with pytest.raises(TypeError, match=f"mixed: argument {index} is {found}.*the kernel takes"):
        kernels("mixed")((1,), (1,), tuple(values))


def test_a_wrong_number_of_arguments(kernels, y):
    with pytest.raises(TypeError, match="mixed: takes 6 arguments, not 5"):
        kernels("mixed")((1,), (1,), tuple(arguments(y)[:5]))


def test_pointers_to_anything_and_to_vectors(kernels, y):
    x = device.xp().asarray(np.arange(4, dtype=np.float32))
    kernels("any")((1,), (1,), (y, x))
    assert float(y[0]) == 3


def test_a_view_in_pieces_is_refused(kernels):
    with pytest.raises(TypeError, match="argument 0 is not contiguous"):
        kernels("write")((1,), (1,), (device.xp().zeros(8, np.float32)[::2], np.int64(0)))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (4, "past its end, as far as 4 bytes"),
        (-1, "before its start, as far as 4 bytes"),
        (100, "past its end, as far as 388 bytes"),
    ],
)
def test_writes_out_of_bounds(kernels, y, at, said):
    with pytest.raises(RuntimeError, match="write: with argument 0 it writes " + said):
        kernels("write")((1,), (1,), (y, np.int64(at)))


def test_a_new_array_holds_nothing():
    for dtype in (np.float16, np.float32, np.float64):
        assert np.isnan(device.to_host(device.xp().empty(5, dtype))).all()


@pytest.mark.parametrize(
    ("grid", "block"),
    [
        ((0,), (1,)),
        ((1 << 31,), (1,)),
        ((1,), (1025,)),
        ((1, 65536), (1,)),
        ((1,), (32, 33)),
        ((1,), (1, 1, 65)),
    ],
)
def test_impossible_grids(kernels, grid, block):
    with pytest.raises(ValueError, match="nothing: no device launches grid"):
        kernels("nothing")(grid, block, ())


def test_shared_memory_has_limits(kernels):
    function = kernels("nothing")
    with pytest.raises(ValueError, match="50000 bytes of shared memory; 49152 are allowed"):
        function((1,), (1,), (), shared_mem=50000)
    kernel = Kernel(function)
    kernel((1,), (1,), (), shared_mem=227 << 10)
    with device.emulate((8, 0)), pytest.raises(ValueError, match="166912 are allowed"):
        kernel((1,), (1,), (), shared_mem=227 << 10)


def test_memory_has_an_end():
    xp = device.xp()
    taken = xp.get_default_memory_pool().used_bytes()  # by what other tests have left
    with device.emulate(total_bytes=taken + (1 << 20)):
        kept = xp.empty(1 << 19, np.uint8)
        assert xp.get_default_memory_pool().used_bytes() >= kept.nbytes
        with pytest.raises(xp.cuda.memory.OutOfMemoryError, match="out of memory allocating"):
            xp.empty(1 << 20, np.uint8)


def test_arrays_are_as_strict_as_cupys():
    x = device.xp().zeros(3)
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
    with pytest.raises(TypeError, match="element by element"):
        _ = x == x.copy()
    with pytest.raises(ValueError, match="use set or asarray"):
        x[...] = np.ones(3)
