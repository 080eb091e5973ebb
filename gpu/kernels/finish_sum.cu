// The second stage of every sum; one block.
#include "sums.cuh"

extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    finish_sum(const double* parts, double* sum, int count, double factor) {
  double mine = 0;
  for (int i = threadIdx.x; i < count; i += SUM_THREADS) mine += parts[i];
  mine = block_sum(mine);
  if (threadIdx.x == 0) *sum = factor * mine;
}
