// What every kernel file includes first.  The emulator (`emulator/cuda_on_cpu.h`) has defined its
// own versions of what stands between #ifndef and #endif.
#pragma once

#ifndef CUDA_ON_CPU
// Shared memory whose size the launch gives, from a multiple of 1024 bytes on.
#define DYNAMIC_SHARED(type, name)                                      \
  extern __shared__ __align__(1024) unsigned char dynamic_shared_memory[]; \
  type* name = reinterpret_cast<type*>(dynamic_shared_memory)
#endif

// Compile with -DREAL=float or -DREAL=double.
#ifdef REAL
typedef REAL real;
#endif

// The number of this thread among all of a one-dimensional launch; pictures of 2^31 numbers and
// more need 64 bits.
__device__ __forceinline__ long long thread_number() {
  return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}
