// Runs of neighboring numbers, which a thread loads and stores at once: up to 16 bytes in one instruction.
#pragma once
#include "common.cuh"

template <class T, int N>
struct alignas(N * sizeof(T)) Run {
  T value[N];
};

template <class Run>
__device__ __forceinline__ Run load_run(const void* from) {
  return *static_cast<const Run*>(from);
}
template <class Run>
__device__ __forceinline__ void store_run(void* to, const Run& run) {
  *static_cast<Run*>(to) = run;
}
