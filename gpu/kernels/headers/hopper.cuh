// TMA, mbarrier and wgmma of sm_90a in PTX, but for the products themselves, whose register lists
// are in `wgmma.cuh`; `hopper_on_cpu.h` has the same functions for the CPU.
#pragma once
#include "tensor_cores.cuh"

#ifndef CUDA_ON_CPU

typedef unsigned long long u64;

struct alignas(128) TensorMap {  // a CUtensorMap, which only the driver can read
  u64 opaque[16];
};

__device__ __forceinline__ void bar_init(u64* b, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(b)), "r"(arrivals));
}
__device__ __forceinline__ void bar_init_fence() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
__device__ __forceinline__ void bar_arrive(u64* b) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(b)) : "memory");
}
// Arrives, and says how many bytes must come before the phase ends.
__device__ __forceinline__ void bar_expect(u64* b, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(b)),
               "r"(bytes)
               : "memory");
}
__device__ __forceinline__ void bar_wait(u64* b, unsigned phase) {
  asm volatile(
      "{\n.reg .pred done;\nAGAIN_%=:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n@!done bra AGAIN_%=;\n}" ::"r"(
          shared_address(b)),
      "r"(phase)
      : "memory");
}

// A box of a tensor, from (c0, c1, c2) on, innermost first; what lies outside reads as zero.
__device__ __forceinline__ void tma_load_3d(void* to, const TensorMap* map, u64* b, int c0, int c1,
                                            int c2) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%3, %4, %5}], [%2];" ::"r"(shared_address(to)),
      "l"(map), "r"(shared_address(b)), "r"(c0), "r"(c1), "r"(c2)
      : "memory");
}

// Describes an operand in shared memory to wgmma: K innermost, rows of 128 bytes, 128-byte
// swizzle (bit 62), groups of 8 rows 1024 bytes apart (64 units of 16).
__device__ __forceinline__ u64 operand(const void* p) {
  return static_cast<u64>((shared_address(p) & 0x3ffff) >> 4) | static_cast<u64>(1) << 16 |
         static_cast<u64>(64) << 32 | static_cast<u64>(1) << 62;
}

__device__ __forceinline__ void wgmma_begin() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
__device__ __forceinline__ void wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int Remaining>
__device__ __forceinline__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Remaining) : "memory");
}

// Registers move from the warpgroup that loads to those that multiply.
template <int N>
__device__ __forceinline__ void registers_less() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(N));
}
template <int N>
__device__ __forceinline__ void registers_more() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(N));
}

#endif
