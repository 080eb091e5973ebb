// CUDA C++ for a C++ compiler: included before a kernel's source, it gives a meaning to CUDA's
// words.  Read `fibers.h`, `threads.h`, `shared_memory.h`, `scheduler.h` and `warps.h` for how they
// run.
//
// What this cannot show: the speed of anything, and mistakes in what a GPU does at the same time
// as something else, beyond those that another order of threads and blocks brings to light.
#pragma once
#include <math.h>  // with C++'s overloads: pow(float, float) is a float

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#define CUDA_ON_CPU 1
#define __global__ __attribute__((noinline))  // so that gdb can stop at it
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static thread_local  // for where these lie: see `shared_memory.h`
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(bytes) __attribute__((aligned(bytes)))
#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(cpu::dynamic_shared())

#define CPU_VECTOR(name, type, count, members)                                       \
  struct alignas(sizeof(type) * count > 16 ? 16 : sizeof(type) * count) name {       \
    type members;                                                                    \
  };
#define CPU_PAIR x, y
#define CPU_FOUR x, y, z, w
CPU_VECTOR(float2, float, 2, CPU_PAIR)
CPU_VECTOR(float4, float, 4, CPU_FOUR)
CPU_VECTOR(double2, double, 2, CPU_PAIR)
CPU_VECTOR(double4, double, 4, CPU_FOUR)
CPU_VECTOR(int2, int, 2, CPU_PAIR)
CPU_VECTOR(int4, int, 4, CPU_FOUR)
CPU_VECTOR(uint2, unsigned, 2, CPU_PAIR)
CPU_VECTOR(uint4, unsigned, 4, CPU_FOUR)
CPU_VECTOR(uchar4, unsigned char, 4, CPU_FOUR)
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

using std::isfinite;
using std::isinf;
using std::isnan;
using std::max;
using std::min;
template <class T>
T __ldg(const T* address) {
  return *address;
}
inline float rsqrtf(float x) { return 1.f / std::sqrt(x); }
inline double rsqrt(double x) { return 1. / std::sqrt(x); }
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline int __clz(int bits) { return bits ? __builtin_clz(unsigned(bits)) : 32; }
inline void __threadfence() {}
template <class T, class U>
T atomicAdd(T* address, U value) {
  T before = *address;
  *address += T(value);
  return before;
}

#include "half.h"
#include "scheduler.h"
#include "warps.h"
#include "arguments.h"
#include "tensor_cores_on_cpu.h"
#include "hopper_on_cpu.h"
