// What every kernel file includes first.  The emulator (`cuda_on_cpu.h`) has its own
// versions of what stands under CUDA_ON_CPU.
#pragma once

#ifndef CUDA_ON_CPU
// Shared memory whose size the launch gives, from a multiple of 1024 bytes on.
#define DYNAMIC_SHARED(type, name)                                         \
  extern __shared__ __align__(1024) unsigned char dynamic_shared_memory[]; \
  type* name = reinterpret_cast<type*>(dynamic_shared_memory)
#endif

// -DREAL=float or -DREAL=double: what arrays hold.  -DREAL=__half -DWIDE=float: they hold 16 bits,
// and 32 are computed with.
#ifdef REAL
#ifdef WIDE
#ifndef CUDA_ON_CPU
#include <cuda_fp16.h>
#endif
typedef WIDE wide;
#else
typedef REAL wide;
#endif
typedef REAL real;
#endif

// The number of this thread among all of a one-dimensional launch.
__device__ __forceinline__ long long thread_number() {
  return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}

// Where element i of a (rows, columns, channels) array lies.
struct Place {
  int row, column, channel;
};
__device__ __forceinline__ Place place_of(long long i, int columns, int channels) {
  long long pixel = i / channels;
  int row = static_cast<int>(pixel / columns);
  return {row, static_cast<int>(pixel - static_cast<long long>(row) * columns),
          static_cast<int>(i - pixel * channels)};
}

// And back.
__device__ __forceinline__ long long element_at(int row, int column, int channel, int columns,
                                                int channels) {
  return (static_cast<long long>(row) * columns + column) * channels + channel;
}
