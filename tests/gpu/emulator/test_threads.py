"""The emulator finds what is wrong with a kernel's threads, and nothing wrong with a right one."""

import re
from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.emulator.compiler import CompileException

from .conftest import Kernels, compiled

SOURCE = r"""
extern "C" __global__ void reverse(const float* x, float* y) {
  __shared__ float kept[256];
  kept[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = kept[255 - threadIdx.x];
}
extern "C" __global__ void reverse_without_barrier(const float* x, float* y) {
  __shared__ float kept[256];
  kept[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = kept[255 - threadIdx.x];
}
extern "C" __global__ void upwards_without_barrier(const float* x, float* y) {
  __shared__ float kept[256];  // right as long as threads run in their order
  kept[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = threadIdx.x ? kept[threadIdx.x - 1] : 0.f;
}
extern "C" __global__ void barrier_for_some(float* y, int n) {
  if (int(threadIdx.x) < n) __syncthreads();
  y[threadIdx.x] = 1.f;
}
extern "C" __global__ void two_barriers(float* y, int n) {
  if (int(threadIdx.x) < n) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  y[threadIdx.x] = 1.f;
}
extern "C" __global__ void from_shared(float* y) {
  __shared__ float never_written[32];
  DYNAMIC_SHARED(float, neither);
  y[threadIdx.x] = blockIdx.x ? never_written[threadIdx.x] : neither[threadIdx.x];
  __syncthreads();
  never_written[threadIdx.x] = neither[threadIdx.x] = 1.f;  // not for the next block
}
extern "C" __global__ void to_shared(int n) {
  DYNAMIC_SHARED(float, memory);
  memory[n] = 1.f;
}
extern "C" __global__ void blocks_in_order(float* y) { y[0] = 2.f * y[0] + float(blockIdx.x); }
extern "C" __global__ void polls_for_ever(volatile float* y) {
  while (y[0] == 0.f) __syncwarp();
}
extern "C" __global__ void lane_left_out(int* y) {
  y[threadIdx.x] = __shfl_sync(0x0fffffffu, 1, threadIdx.x);
}
extern "C" __global__ void lanes_apart(int* y) {
  if (threadIdx.x < 16) y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1, 1);
}
extern "C" __global__ void warps(const int* x, int* y) {
  int value = x[threadIdx.x], all = 0xffffffff;
  y[threadIdx.x] = __shfl_sync(all, value, 3);
  y[64 + threadIdx.x] = __shfl_xor_sync(all, value, 5);
  y[128 + threadIdx.x] = __shfl_down_sync(all, value, 7);
  y[192 + threadIdx.x] = __shfl_up_sync(all, value, 7);
  y[256 + threadIdx.x] = int(__ballot_sync(all, value % 3 == 0));
}
"""


@pytest.fixture
def kernels() -> Kernels:
    return compiled(SOURCE)


def run(kernel: Any, *arguments: Any, schedule: int = 0) -> None:
    with device.emulate(schedule=schedule):
        kernel((1,), (256,), arguments)


@pytest.fixture
def x() -> Any:
    return device.xp().asarray(np.arange(1, 257, dtype=np.float32))


@pytest.fixture
def y() -> Any:
    return device.xp().empty(256, np.float32)


@pytest.mark.parametrize("schedule", range(4))
def test_a_right_kernel_is_right(kernels, x, y, schedule):
    run(kernels("reverse"), x, y, schedule=schedule)
    assert np.array_equal(device.to_host(y), device.to_host(x)[::-1])


def test_the_way_of_other_processors(x, y):
    run(compiled(SOURCE, "-DCPU_USES_UCONTEXT")("reverse"), x, y, schedule=1)
    assert np.array_equal(device.to_host(y), device.to_host(x)[::-1])


@pytest.mark.parametrize("schedule", range(4))
def test_a_missing_barrier_shows(kernels, x, y, schedule):
    run(kernels("reverse_without_barrier"), x, y, schedule=schedule)
    assert np.isnan(device.to_host(y)).any()


def test_a_race_that_goes_well_shows_in_another_order(kernels, x, y):
    expected = np.arange(256, dtype=np.float32)
    run(kernels("upwards_without_barrier"), x, y, schedule=0)
    assert np.array_equal(device.to_host(y), expected)
    run(kernels("upwards_without_barrier"), x, y, schedule=1)
    assert not np.array_equal(device.to_host(y), expected)


def test_a_barrier_that_some_never_reach(kernels, y):
    message = r"barrier_for_some: block \(0, 0, 0\): thread \(0, 0, 0\) waits at test.cu:19 for"
    with pytest.raises(RuntimeError, match=message):
        run(kernels("barrier_for_some"), y, np.int32(100))
    run(kernels("barrier_for_some"), y, np.int32(256))
    assert (device.to_host(y) == 1).all()


def test_threads_at_two_barriers(kernels, y):
    with pytest.raises(RuntimeError, match=r"thread \(100, 0, 0\) waits at test.cu:26 while"):
        run(kernels("two_barriers"), y, np.int32(100))


def test_shared_memory_holds_nothing_at_first(kernels):
    y = device.xp().zeros(32, np.float32)
    for _ in range(2):
        kernels("from_shared")((2,), (32,), (y,), shared_mem=128)
        assert np.isnan(device.to_host(y)).all()


@pytest.mark.parametrize(("at", "where"), [(25, "1 bytes past"), (-2, "5 bytes before")])
def test_writes_outside_of_shared_memory(kernels, at, where):
    for inside in (0, 24):
        kernels("to_shared")((1,), (1,), (np.int32(inside),), shared_mem=100)
    with pytest.raises(RuntimeError, match=f"{where} its 100 bytes of dynamic shared memory"):
        kernels("to_shared")((1,), (1,), (np.int32(at),), shared_mem=100)


def test_blocks_run_in_another_order_too(kernels):
    results = []
    for schedule in range(3):
        y = device.xp().zeros(1, np.float32)
        with device.emulate(schedule=schedule):
            kernels("blocks_in_order")((4,), (1,), (y,))
        results.append(float(y[0]))
    assert len(set(results)) > 1


def test_endless_polling_ends(kernels):
    y = device.xp().zeros(1, np.float32)
    with pytest.raises(RuntimeError, match="poll for something that never happens"):
        kernels("polls_for_ever")((1,), (32,), (y,))


def test_warp_functions_need_all_their_lanes(kernels):
    y = device.xp().zeros(32, np.int32)
    with pytest.raises(RuntimeError, match=r"thread \(28, 0, 0\) (calls|reads).* mask leaves"):
        kernels("lane_left_out")((1,), (32,), (y,))
    with pytest.raises(RuntimeError, match=r"waits at test.cu:\d+ for lanes that never come"):
        kernels("lanes_apart")((1,), (32,), (y,))


@pytest.mark.parametrize("schedule", range(3))
def test_warp_functions(kernels, schedule):
    values = np.random.default_rng(0).integers(0, 100, 64).astype(np.int32)
    x, y = device.xp().asarray(values), device.xp().empty((5, 64), np.int32)
    with device.emulate(schedule=schedule):
        kernels("warps")((1,), (64,), (x, y))
    lane, warp = np.arange(64) % 32, np.arange(64) // 32 * 32
    sources = [np.full(64, 3), lane ^ 5, np.where(lane < 25, lane + 7, lane)]
    sources.append(np.where(lane >= 7, lane - 7, lane))
    found = device.to_host(y)
    for row, source in zip(found, sources, strict=False):
        assert np.array_equal(row, values[warp + source])
    votes = np.packbits(values.reshape(2, 32) % 3 == 0, bitorder="little").view(np.uint32)
    assert np.array_equal(found[4].view(np.uint32), votes.repeat(32))


def test_a_wrong_kernel_does_not_compile():
    message = re.compile(r"g\+\+ refuses a kernel:.*test.cu:1", re.DOTALL)
    with pytest.raises(CompileException, match=message):
        compiled('extern "C" __global__ void wrong() { return 1; }')("wrong")
