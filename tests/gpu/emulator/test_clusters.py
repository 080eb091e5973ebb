"""Blocks of a cluster run together, and what goes wrong between two of them is found."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.emulator.tensor_map import tensor_map
from backpaint.gpu.kernels import source

from .conftest import Kernels, compiled

STEPS, ROWS, LANES = 4, 16, 32

SOURCE = (
    source("cluster.cuh")
    + '#line 1 "test.cu"\n'
    + r"""
#define PAIR __cluster_dims__(1, 2, 1)
extern "C" __global__ void PAIR ranks(int* y) {
  __shared__ int fixed;
  DYNAMIC_SHARED(int, dynamic);
  int block = int(blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z));
  if (threadIdx.x == 0) fixed = dynamic[0] = block;
  cluster_arrive();
  cluster_wait();
  if (threadIdx.x != 1) return;
  y[3 * block] = int(cluster_rank());
  y[3 * block + 1] = fixed;
  y[3 * block + 2] = dynamic[0];
}
extern "C" __global__ void __cluster_dims__(2, 2, 1) __launch_bounds__(32, 1) four(int* y) {
  y[blockIdx.x + gridDim.x * blockIdx.y] = int(cluster_rank());
}

// Each block writes a number, and reads the other's.
extern "C" __global__ void PAIR exchange(float* x, float* y, int meet) {
  unsigned rank = cluster_rank();
  if (threadIdx.x == 0) x[rank] = 1.f + rank;
  if (threadIdx.x == 2) return;  // who has ended is not waited for
  if (meet) {
    cluster_arrive();
    cluster_wait();
  }
  if (threadIdx.x == 1) y[rank] = x[1 - rank];
}

extern "C" __global__ void PAIR never_come() {
  if (cluster_rank() == 0) {
    cluster_arrive();
    cluster_wait();
  } else {
    __syncthreads();
    if (threadIdx.x == 0) __syncthreads();
  }
}
extern "C" __global__ void PAIR arrive_twice() {
  cluster_arrive();
  cluster_arrive();
}
extern "C" __global__ void PAIR wait_alone() { cluster_wait(); }

extern "C" __global__ void PAIR strange_block() {
  DYNAMIC_SHARED(u64, bar);
  bar_arrive_at(bar, 2);
}
extern "C" __global__ void PAIR fixed_barrier() {
  __shared__ u64 bar;
  bar_arrive_at(&bar, 1);
}
extern "C" __global__ void PAIR strange_copy(const __grid_constant__ TensorMap x) {
  DYNAMIC_SHARED(u64, bar);
  tma_load_3d_to(bar, &x, bar, 0, 0, 0, 4);
}

// Two blocks share tiles: each copies half of every one to both, into one buffer, and adds them up.
enum Fault { NONE, OWN_RELEASE, OWN_COPY, OTHERS_COPY, HALF_BYTES, NO_FIRST, NO_LAST };  // meeting
extern "C" __global__ void PAIR share(const __grid_constant__ TensorMap x, float* y, int steps,
                                      int fault) {
  DYNAMIC_SHARED(unsigned char, memory);
  u64 *full = reinterpret_cast<u64*>(memory + 2048), *empty = full + 1;
  unsigned rank = cluster_rank(), lane = threadIdx.x % 32;
  if (threadIdx.x == 0) {
    bar_init(full, 1);
    bar_init(empty, fault == OWN_RELEASE ? 1 : 2);
    bar_init_fence();
  }
  __syncthreads();
  if (fault != NO_FIRST) {
    cluster_arrive();
    cluster_wait();
  }
  if (threadIdx.x == 0)
    for (int step = 0; step < steps; step++) {
      unsigned blocks = fault == OWN_COPY ? 1 << rank : fault == OTHERS_COPY ? 2 >> rank : 3;
      bar_wait(empty, step & 1 ^ 1);
      bar_expect(full, fault == HALF_BYTES ? 1024 : 2048);
      tma_load_3d_to(memory + 1024 * rank, &x, full, 0, 8 * rank, step, blocks);
    }
  if (threadIdx.x >= 32) {
    float sum = 0;
    for (int step = 0; step < steps; step++) {
      bar_wait(full, step & 1);
      for (int row = 0; row < 16; row++) {
        sum += reinterpret_cast<const float*>(memory)[32 * row + lane];
        __syncwarp();
      }
      if (fault == OWN_RELEASE ? lane == rank : lane < 2) bar_arrive_at(empty, lane);
    }
    y[32 * blockIdx.y + lane] = sum;
  }
  if (fault == NO_LAST) return;
  cluster_arrive();
  cluster_wait();
}
"""
)
FAULTS = ("none", "own release", "own copy", "other's copy", "half of the bytes")
MEETINGS = ("no first meeting", "no last meeting")
SCHEDULES = range(6)


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    with device.emulate():
        return compiled(SOURCE)


def launch(kernels: Kernels, name: str, *arguments: Any, schedule: int = 0) -> None:
    with device.emulate(schedule=schedule):
        kernels(name)((1, 2), (64,), arguments, shared_mem=2048 + 16)


@pytest.mark.parametrize("schedule", range(3))
def test_a_block_has_its_rank_and_its_own_memory(kernels, schedule):
    y = device.xp().empty((2, 4, 3, 3), np.int32)
    with device.emulate(schedule=schedule):
        kernels("ranks")((3, 4, 2), (40,), (y,), shared_mem=4)
    blocks = np.arange(24).reshape(2, 4, 3)
    ranks = np.arange(4)[:, np.newaxis] % 2 + 0 * blocks
    assert np.array_equal(device.to_host(y), np.stack([ranks, blocks, blocks], axis=-1))


def test_ranks_go_across_first(kernels):
    y = device.xp().empty((2, 4), np.int32)
    kernels("four")((4, 2), (32,), (y,))
    assert device.to_host(y).tolist() == [[0, 1, 0, 1], [2, 3, 2, 3]]


def test_a_grid_that_is_no_multiple_of_the_cluster(kernels):
    y = device.xp().empty((3, 2), np.int32)
    with pytest.raises(RuntimeError, match=r"grid of \(3, 2, 1\) into clusters of \(2, 2, 1\)"):
        kernels("four")((3, 2), (32,), (y,))


def test_blocks_that_do_not_fit_here(kernels):
    with pytest.raises(RuntimeError, match="a cluster of 2 blocks of 513 threads; here 8 and 1024"):
        kernels("wait_alone")((1, 2), (513,), ())


def exchanged(kernels: Kernels, schedule: int, *, meet: bool) -> list[float]:
    x, y = device.xp().empty(2, np.float32), device.xp().empty(2, np.float32)
    launch(kernels, "exchange", x, y, np.int32(meet), schedule=schedule)
    found: list[float] = device.to_host(y).tolist()
    return found


def test_the_clusters_barrier_keeps_blocks_in_step(kernels):
    assert all(exchanged(kernels, each, meet=True) == [2, 1] for each in SCHEDULES)
    assert any(exchanged(kernels, each, meet=False) != [2, 1] for each in SCHEDULES)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "never_come",
            r"block \(0, 0, 0\): thread \(0, 0, 0\) waits at test.cu:\d+ for threads of",
        ),
        ("arrive_twice", "arrives at the cluster's barrier again before it has waited"),
        ("wait_alone", "waits for its cluster without having arrived"),
        ("strange_block", "arrives at a block that its cluster has not"),
        ("fixed_barrier", "sends something to what is not in dynamic shared memory"),
    ],
)
def test_misuse_is_named(kernels, name, message):
    with pytest.raises(RuntimeError, match=message):
        launch(kernels, name)


def test_a_copy_to_a_block_that_is_not_there(kernels):
    with pytest.raises(RuntimeError, match="copies to blocks that its cluster has not"):
        launch(kernels, "strange_copy", *tiles()[:1])


def tiles() -> tuple[Any, np.ndarray]:
    """Describe tiles in halves; the array must stay."""
    values = np.random.default_rng(0).integers(0, 99, (STEPS, ROWS, LANES)).astype(np.float32)
    sent = device.xp().asarray(values)
    return tensor_map(sent, (LANES, ROWS // 2, 1), swizzle=0), sent


def shared(kernels: Kernels, fault: str, schedule: int, steps: int = STEPS) -> bool:
    """Whether both blocks have added up all tiles."""
    described, sent = tiles()
    y = device.xp().empty((2, LANES), np.float32)
    numbers = np.int32(steps), np.int32([*FAULTS, *MEETINGS].index(fault))
    launch(kernels, "share", described, y, *numbers, schedule=schedule)
    return bool((device.to_host(y) == device.to_host(sent[:steps]).sum(axis=(0, 1))).all())


def test_blocks_share_tiles(kernels):
    assert all(shared(kernels, "none", schedule) for schedule in SCHEDULES)


def test_a_buffer_that_its_own_block_alone_has_released(kernels):
    assert not all(shared(kernels, "own release", schedule) for schedule in SCHEDULES)


def test_a_reader_that_expects_half_of_the_bytes(kernels):
    """The other half comes after the reader has gone."""
    assert shared(kernels, "none", 0, steps=1)
    with pytest.raises(RuntimeError, match="ends while a copy of block"):
        shared(kernels, "half of the bytes", 0, steps=1)


@pytest.mark.parametrize(
    "fault", ["own copy", *(pytest.param(each, marks=pytest.mark.slow) for each in FAULTS[3:])]
)
def test_bytes_that_never_come(kernels, fault):
    with pytest.raises(RuntimeError, match="poll for something that never happens"):
        shared(kernels, fault, 1)


def findings(kernels: Kernels, fault: str) -> set[str]:
    """Collect what is found in all schedules."""
    found = set()
    for schedule in SCHEDULES:
        try:
            shared(kernels, fault, schedule)
        except RuntimeError as error:
            found.add(str(error))
    return found


def test_a_barrier_that_the_other_block_has_not_prepared(kernels):
    found = findings(kernels, "no first meeting")
    assert any("an mbarrier before it is prepared" in text for text in found), found


def test_a_block_that_ends_before_the_other_has_done_with_it(kernels):
    found = findings(kernels, "no last meeting")
    assert any("ends while an arrival of block" in text for text in found), found
    assert any("to a block of its cluster that has ended" in text for text in found), found
