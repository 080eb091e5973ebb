// Sums in two stages and a fixed order, so that they are the same bits in every run: each block
// adds up its own part, then one block adds up the parts (`finish_sum`).
#pragma once
#include "common.cuh"

enum { SUM_THREADS = 256, SUM_WARPS = SUM_THREADS / 32, SUM_PER_THREAD = 8 };

// The sum over all threads of a block, in thread 0.
__device__ __forceinline__ double block_sum(double value) {
  __shared__ double of_warps[SUM_WARPS];
  for (int distance = 16; distance > 0; distance /= 2)
    value += __shfl_down_sync(0xffffffffu, value, distance);
  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = value;
  __syncthreads();
  double sum = 0;
  if (threadIdx.x == 0)
    for (int warp = 0; warp < SUM_WARPS; warp++) sum += of_warps[warp];
  return sum;
}

// Adds up term(i) for the elements of this block.
template <class Term>
__device__ __forceinline__ void sum_part(long long count, double* parts, Term term) {
  long long first = static_cast<long long>(blockIdx.x) * SUM_THREADS * SUM_PER_THREAD;
  double sum = 0;
  for (int k = 0; k < SUM_PER_THREAD; k++) {
    long long i = first + k * SUM_THREADS + threadIdx.x;
    if (i < count) sum += term(i);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}
