// What blocks of a cluster do together (sm_90a), in PTX: they meet, copy to one another, and arrive at
// one another's barriers; `cluster_on_cpu.h` has the same functions for the CPU.
#pragma once
#include "hopper.cuh"

#ifndef CUDA_ON_CPU

__device__ __forceinline__ unsigned cluster_rank() {
  unsigned rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// All threads of all blocks meet, but those that have ended.  What a thread wrote or arrived at before
// it arrives here, the others see after they have waited.
__device__ __forceinline__ void cluster_arrive() {
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
}
__device__ __forceinline__ void cluster_wait() {
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
}

// Arrives at the barrier that a block, this or another, has at the same place.  A release at the cluster's
// scope would fence all memory.  No store of this thread has to be seen by another block, only wgmma's
// reads are done; so it is `.release.cta`, as CUTLASS arrives there.  The manual promises less than that.
__device__ __forceinline__ void bar_arrive_at(u64* b, unsigned rank) {
  asm volatile(
      "{\n.reg .b32 there;\nmapa.shared::cluster.u32 there, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [there];\n}" ::"r"(shared_address(b)),
      "r"(rank)
      : "memory");
}

// `tma_load_3d` to the same place in several blocks, a bit for each; the bytes are counted in each.
__device__ __forceinline__ void tma_load_3d_to(void* to, const TensorMap* map, u64* b, int c0, int c1,
                                               int c2, unsigned blocks) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes"
      ".multicast::cluster [%0], [%1, {%3, %4, %5}], [%2], %6;" ::"r"(shared_address(to)),
      "l"(map), "r"(shared_address(b)), "r"(c0), "r"(c1), "r"(c2),
      "h"(static_cast<unsigned short>(blocks))
      : "memory");
}

#endif
