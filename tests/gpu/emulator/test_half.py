"""16-bit floats in software, all of them, against NumPy's."""

import numpy as np

from backpaint.gpu.device import device

from .conftest import compiled

SOURCE = r"""
extern "C" __global__ void widen(const __half* x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = __half2float(x[i]);
}
extern "C" __global__ void narrow(const float* x, __half* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = __float2half(x[i]);
}
"""


def test_every_half_becomes_its_float():
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    y = device.xp().empty(halves.shape, np.float32)
    x = device.xp().asarray(halves)
    compiled(SOURCE)("widen")((64,), (1024,), (x, y, np.int32(halves.size)))
    assert np.array_equal(device.to_host(y), halves.astype(np.float32), equal_nan=True)


def test_floats_are_rounded_to_nearest_even():
    halves = np.arange(0, 0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    between = (halves[1:] + halves[:-1]) / 2
    beyond = np.array([65504, 65519, 65520, 1e30, np.inf, np.nan, 1e-10, 2**-25], np.float32)
    floats = np.concatenate(
        [halves, between, np.nextafter(between, 1e9), np.nextafter(between, 0), beyond]
    ).astype(np.float32)
    floats = np.concatenate([floats, -floats])
    y = device.xp().empty(floats.shape, np.float16)
    x, n = device.xp().asarray(floats), np.int32(floats.size)
    compiled(SOURCE)("narrow")((-(-floats.size // 1024),), (1024,), (x, y, n))
    with np.errstate(over="ignore"):
        expected = floats.astype(np.float16)
    assert np.array_equal(device.to_host(y), expected, equal_nan=True)
