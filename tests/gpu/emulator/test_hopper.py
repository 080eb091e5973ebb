"""TMA, mbarrier and wgmma of sm_90: nothing is there before it is waited for."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.emulator.tensor_map import tensor_map
from backpaint.gpu.kernels import source

from .conftest import Kernels, compiled

SOURCE = (
    source("hopper.cuh")
    + '#line 1 "test.cu"\n'
    + r"""
// d (64 x 64) = a (64 x 64) b (64 x 64) transposed, by one warpgroup; tiles come from `start` on.
template <bool Arrive, bool Finish>
__device__ void product(const TensorMap& a, const TensorMap& b, float* d, int start) {
  DYNAMIC_SHARED(unsigned char, memory);
  u64* full = reinterpret_cast<u64*>(memory + 16384);
  if (threadIdx.x == 0) {
    bar_init(full, 1);
    bar_init_fence();
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    bar_expect(full, 16384);
    tma_load_3d(memory, &a, full, 0, start, 0);
    tma_load_3d(memory + 8192, &b, full, 0, 0, 0);
  }
  if (Arrive) bar_wait(full, 0);
  float sums[32] = {};
  u64 left = operand(memory), right = operand(memory + 8192);
  wgmma_begin();
  for (int k = 0; k < 4; k++) wgmma_f16(sums, left + 2 * k, right + 2 * k);
  wgmma_commit();
  if (Finish) wgmma_wait<0>();
  int lane = threadIdx.x % 32, row = threadIdx.x / 32 * 16 + lane / 4;
  for (int j = 0; j < 8; j++)
    for (int i = 0; i < 4; i++)
      d[(row + i / 2 * 8) * 64 + j * 8 + lane % 4 * 2 + i % 2] = sums[j * 4 + i];
  wgmma_wait<0>();
  bar_wait(full, 0);
}
extern "C" __global__ void right(const __grid_constant__ TensorMap a,
                                 const __grid_constant__ TensorMap b, float* d, int start) {
  product<true, true>(a, b, d, start);
}
extern "C" __global__ void too_early(const __grid_constant__ TensorMap a,
                                     const __grid_constant__ TensorMap b, float* d, int start) {
  product<false, true>(a, b, d, start);
}
extern "C" __global__ void unfinished(const __grid_constant__ TensorMap a,
                                      const __grid_constant__ TensorMap b, float* d, int start) {
  product<true, false>(a, b, d, start);
}
extern "C" __global__ void overwritten(const __grid_constant__ TensorMap a, int finish) {
  DYNAMIC_SHARED(unsigned char, memory);
  u64* full = reinterpret_cast<u64*>(memory + 16384);
  if (threadIdx.x == 0) {
    bar_init(full, 1);
    bar_init_fence();
  }
  __syncthreads();
  float sums[32] = {};
  wgmma_begin();
  wgmma_f16(sums, operand(memory), operand(memory + 8192));
  wgmma_commit();
  if (finish) wgmma_wait<0>();
  if (threadIdx.x == 0) {
    bar_expect(full, 8192);
    tma_load_3d(memory + 8192, &a, full, 0, 0, 0);
  }
  bar_wait(full, 0);
  wgmma_wait<0>();
}
extern "C" __global__ void never_full() {
  DYNAMIC_SHARED(u64, full);
  if (threadIdx.x == 0) {
    bar_init(full, 2);
    bar_arrive(full);
  }
  __syncthreads();
  bar_wait(full, 0);
}
extern "C" __global__ void beyond(const __grid_constant__ TensorMap a, int to, int bar) {
  DYNAMIC_SHARED(unsigned char, memory);
  u64* full = reinterpret_cast<u64*>(memory + bar);
  bar_init(full, 1);
  bar_init_fence();
  bar_expect(full, 8192);
  tma_load_3d(memory + to, &a, full, 0, 0, 0);
  bar_wait(full, 0);
}
extern "C" __global__ void unprepared(int expects) {
  DYNAMIC_SHARED(u64, bar);
  if (expects)
    bar_expect(bar, 16);
  else
    bar_arrive(bar);
}
extern "C" __global__ void never_waits(const __grid_constant__ TensorMap a) {
  DYNAMIC_SHARED(unsigned char, memory);
  u64* full = reinterpret_cast<u64*>(memory + 8192);
  bar_init(full, 1);
  bar_init_fence();
  bar_expect(full, 8192);
  tma_load_3d(memory, &a, full, 0, 0, 0);
}
extern "C" __global__ void unfenced(const __grid_constant__ TensorMap a) {
  DYNAMIC_SHARED(unsigned char, memory);
  u64* full = reinterpret_cast<u64*>(memory + 8192);
  if (threadIdx.x == 0) bar_init(full, 1);
  __syncthreads();
  if (threadIdx.x != 1) return;
  bar_init_fence();  // of what another thread has prepared
  bar_expect(full, 8192);
  tma_load_3d(memory, &a, full, 0, 0, 0);
  bar_wait(full, 0);
}
extern "C" __global__ void fixed_barrier(const __grid_constant__ TensorMap a) {
  DYNAMIC_SHARED(unsigned char, memory);
  __shared__ u64 full;
  bar_init(&full, 1);
  bar_init_fence();
  bar_expect(&full, 8192);
  tma_load_3d(memory, &a, &full, 0, 0, 0);
  bar_wait(&full, 0);
}
"""
)


@pytest.fixture
def kernels() -> Kernels:
    return compiled(SOURCE)


def run(kernels: Kernels, name: str, start: int, schedule: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((1, 64, 64)).astype(np.float16) for _ in range(2))
    sent = [device.xp().asarray(value) for value in (a, b)]
    maps = [tensor_map(value, (64, 64, 1), swizzle=128) for value in sent]
    d = device.xp().empty((64, 64), np.float32)
    with device.emulate(schedule=schedule):
        kernels(name)((1,), (128,), (*maps, d, np.int32(start)), shared_mem=16384 + 8)
    moved = np.zeros((64, 64))  # rows outside of the tensor are zeros
    rows = np.arange(64)[(np.arange(64) + start >= 0) & (np.arange(64) + start < 64)]
    moved[rows] = a[0, rows + start]
    return device.to_host(d), moved @ b[0].astype(np.float64).T


@pytest.mark.parametrize("start", [0, 5, -3])
@pytest.mark.parametrize("schedule", [0, 1])
def test_product_of_tiles(kernels, start, schedule):
    found, expected = run(kernels, "right", start, schedule)
    assert np.abs(found - expected).max() < 1e-4


def test_a_tile_that_is_not_waited_for_is_poison(kernels):
    found, _ = run(kernels, "too_early", 0, 0)
    assert np.isnan(found).all()


def test_a_product_that_is_not_waited_for_is_unfinished(kernels):
    found, expected = run(kernels, "unfinished", 0, 0)
    assert not np.allclose(found, expected, atol=0.1)


def test_a_copy_to_what_a_product_still_reads(kernels):
    sent = device.xp().zeros((1, 64, 64), np.float16)
    described = tensor_map(sent, (64, 64, 1), swizzle=128)
    kernels("overwritten")((1,), (128,), (described, np.int32(1)), shared_mem=16384 + 8)
    with pytest.raises(RuntimeError, match="a copy arrives where products still read"):
        kernels("overwritten")((1,), (128,), (described, np.int32(0)), shared_mem=16384 + 8)


def tile() -> tuple[np.ndarray, Any]:
    """Describe a tile of 8192 bytes; the array must stay."""
    sent = device.xp().zeros((1, 64, 64), np.float16)
    return tensor_map(sent, (64, 64, 1), swizzle=128), sent


def test_a_tile_fills_shared_memory_to_its_end_and_no_further(kernels):
    described, _sent = tile()
    numbers = np.int32(1024), np.int32(0)
    kernels("beyond")((1,), (1,), (described, *numbers), shared_mem=1024 + 8192)
    with pytest.raises(RuntimeError, match="what is not in dynamic shared memory"):
        kernels("beyond")((1,), (1,), (described, *numbers), shared_mem=1024 + 8191)


@pytest.mark.parametrize("to", [-1024, 1 << 30])
def test_a_tile_far_from_shared_memory(kernels, to):
    described, _sent = tile()
    with pytest.raises(RuntimeError, match="what is not in dynamic shared memory"):
        kernels("beyond")((1,), (1,), (described, np.int32(to), np.int32(8192)), shared_mem=8200)


def test_a_copy_that_counts_at_a_static_barrier(kernels):
    described, _sent = tile()
    with pytest.raises(RuntimeError, match="what is not in dynamic shared memory"):
        kernels("fixed_barrier")((1,), (1,), (described,), shared_mem=8192)


def test_a_block_that_ends_before_its_own_copy_has_come(kernels):
    described, _sent = tile()
    with pytest.raises(RuntimeError, match=r"ends while a copy of block \(0, 0, 0\) is under way"):
        kernels("never_waits")((1,), (1,), (described,), shared_mem=8200)


@pytest.mark.parametrize("expects", [0, 1])
def test_a_barrier_that_nobody_has_prepared(kernels, expects):
    with pytest.raises(RuntimeError, match="uses an mbarrier before it is prepared"):
        kernels("unprepared")((1,), (1,), (np.int32(expects),), shared_mem=8)


def test_a_barrier_that_no_fence_has_shown(kernels):
    described, _sent = tile()
    with pytest.raises(RuntimeError, match=r"\(1, 0, 0\) sends to an mbarrier that no fence has"):
        kernels("unfenced")((1,), (2,), (described,), shared_mem=8200)


def test_a_barrier_that_is_never_full(kernels):
    with pytest.raises(RuntimeError, match="poll for something that never happens"):
        kernels("never_full")((1,), (32,), (), shared_mem=8)


def test_boxes_that_tma_cannot_load():
    array = device.xp().zeros((2, 8, 64), np.float16)
    for box, swizzle in (((3, 8, 2), 0), ((128, 8, 2), 128), ((64, 8), 128)):
        with pytest.raises(ValueError, match="TMA cannot load boxes"):
            tensor_map(array, box, swizzle)
