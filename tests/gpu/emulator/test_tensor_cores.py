"""Products, matrix loads and asynchronous copies of sm_80, against NumPy."""

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.kernels import source

from .conftest import Kernels, compiled

SOURCE = (
    source("tensor_cores.cuh")
    + '#line 1 "test.cu"\n'
    + r"""
extern "C" __global__ void tf32(const float* a, const float* b, float* d) {
  int g = threadIdx.x / 4, t = threadIdx.x % 4;
  unsigned fa[4] = {to_tf32(a[g * 8 + t]), to_tf32(a[(g + 8) * 8 + t]), to_tf32(a[g * 8 + t + 4]),
                    to_tf32(a[(g + 8) * 8 + t + 4])};
  unsigned fb[2] = {to_tf32(b[t * 8 + g]), to_tf32(b[(t + 4) * 8 + g])};
  float fd[4] = {0.f, 0.f, 0.f, 1.f};
  mma_m16n8k8_tf32(fd, fa, fb);
  for (int i = 0; i < 4; i++) d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = fd[i];
}
// Operands through shared memory: a (16 x 16) as it lies, b (16 x 8) transposed on the way.
extern "C" __global__ void f16(const __half* a, const __half* b, float* d) {
  __shared__ __align__(16) __half sa[16 * 16], sb[16 * 16];
  for (int i = threadIdx.x; i < 256; i += 32) {
    sa[i] = a[i];
    sb[i] = i % 16 < 8 ? b[i / 16 * 8 + i % 16] : __half(0.f);
  }
  __syncthreads();
  int lane = threadIdx.x, g = lane / 4, t = lane % 4;
  unsigned fa[4], both[4];
  load_matrix_x4(fa, sa + lane % 16 * 16 + lane / 16 * 8);
  load_matrix_x4_transposed(both, sb + lane % 16 * 16 + lane / 16 * 8);
  unsigned fb[2] = {both[0], both[1]};
  float fd[4] = {};
  mma_m16n8k16_f16(fd, fa, fb);
  for (int i = 0; i < 4; i++) d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = fd[i];
}
// Two groups of copies; `remaining` of them are not waited for.
template <int Remaining>
__device__ void copy(const float* x, float* y) {
  __shared__ __align__(16) float kept[2][128];
  for (int group = 0; group < 2; group++) {
    copy_async_16(kept[group] + 4 * threadIdx.x, x + 128 * group + 4 * threadIdx.x,
                  threadIdx.x < 31);
    copy_async_commit();
  }
  copy_async_wait<Remaining>();
  __syncthreads();
  for (int i = threadIdx.x; i < 256; i += 32) y[i] = kept[i / 128][i % 128];
}
extern "C" __global__ void copy_all(const float* x, float* y) { copy<0>(x, y); }
extern "C" __global__ void copy_one(const float* x, float* y) { copy<1>(x, y); }
extern "C" __global__ void copy_none(const float* x, float* y) { copy<2>(x, y); }
extern "C" __global__ void copy_crooked(const float* x, float* y) {
  __shared__ __align__(16) float kept[128];
  copy_async_16(kept + 1, x);
}
"""
)


@pytest.fixture
def kernels() -> Kernels:
    return compiled(SOURCE)


def rounded_to_tf32(x: np.ndarray) -> np.ndarray:
    return ((x.view(np.uint32) + np.uint32(0x1000)) & np.uint32(0xFFFFE000)).view(np.float32)


@pytest.mark.parametrize("schedule", [0, 1])
def test_tf32(kernels, schedule):
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((16, 8), (8, 8)))
    d = device.xp().empty((16, 8), np.float32)
    with device.emulate(schedule=schedule):
        kernels("tf32")((1,), (32,), (*map(device.xp().asarray, (a, b)), d))
    start = np.zeros((16, 8))
    start[8:, 1::2] = 1
    expected = start + rounded_to_tf32(a).astype(np.float64) @ rounded_to_tf32(b)
    assert np.abs(device.to_host(d) - expected).max() < 1e-6
    assert np.abs(device.to_host(d) - start - a @ b).max() > 1e-5


@pytest.mark.parametrize("schedule", [0, 1])
def test_f16(kernels, schedule):
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal(shape).astype(np.float16) for shape in ((16, 16), (16, 8)))
    d = device.xp().empty((16, 8), np.float32)
    with device.emulate(schedule=schedule):
        kernels("f16")((1,), (32,), (*map(device.xp().asarray, (a, b)), d))
    expected = a.astype(np.float64) @ b.astype(np.float64)
    assert np.abs(device.to_host(d) - expected).max() < 1e-5


@pytest.mark.parametrize(("name", "arrived"), [("copy_all", 2), ("copy_one", 1), ("copy_none", 0)])
def test_copies_arrive_when_waited_for(kernels, name, arrived):
    x = np.arange(256, dtype=np.float32)
    y = device.xp().empty(256, np.float32)
    kernels(name)((1,), (32,), (device.xp().asarray(x), y))
    expected = x.reshape(2, 128)
    expected[:, 124:] = 0  # the last thread's lie outside
    found = device.to_host(y).reshape(2, 128)
    assert np.array_equal(found[:arrived], expected[:arrived])
    assert np.isnan(found[arrived:]).all()


def test_crooked_copies_are_refused(kernels):
    x = device.xp().zeros(256, np.float32)
    with pytest.raises(RuntimeError, match="that do not lie on a multiple of 16"):
        kernels("copy_crooked")((1,), (1,), (x, x))
