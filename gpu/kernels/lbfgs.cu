// The arithmetic of L-BFGS on long vectors.  Every sum is taken in float64, in two stages and in an
// order that never changes, so that a run gives the same bits each time.
#include "common.cuh"

enum { THREADS = 256, ITEMS = 8, CHUNK = THREADS * ITEMS };

__device__ __forceinline__ double add(double a, double b) { return a + b; }
__device__ __forceinline__ double greater(double a, double b) { return a > b ? a : b; }

// Joins the values of a block's threads: within warps, then warp by warp; every thread gets the result.
template <double (*join)(double, double)>
__device__ double of_block(double value) {
  __shared__ double of_warps[THREADS / 32];
  for (int distance = 16; distance > 0; distance /= 2)
    value = join(value, __shfl_xor_sync(0xffffffffu, value, distance));
  __syncthreads();  // the result before may still be read
  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = value;
  __syncthreads();
  value = of_warps[0];
  for (int warp = 1; warp < THREADS / 32; warp++) value = join(value, of_warps[warp]);
  return value;
}

// First stage of slope and size of a gradient: partial[block] = (sum g d, max |g|).
extern "C" __global__ void slope(const real* gradient, const real* direction, double* partial,
                                 long long n) {
  double sum = 0, greatest = 0;
  long long first = (long long)blockIdx.x * CHUNK + threadIdx.x;
  for (int item = 0; item < ITEMS; item++) {
    long long i = first + (long long)item * THREADS;
    if (i >= n) break;
    double g = gradient[i];
    sum += g * (double)direction[i];
    greatest = greater(fabs(g), greatest);
  }
  sum = of_block<add>(sum);
  greatest = of_block<greater>(greatest);
  if (threadIdx.x == 0) {
    partial[2 * (long long)blockIdx.x] = sum;
    partial[2 * (long long)blockIdx.x + 1] = greatest;
  }
}

// Second stage, by one block.
extern "C" __global__ void finish_slope(const double* partial, double* out, int blocks) {
  double sum = 0, greatest = 0;
  for (int row = threadIdx.x; row < blocks; row += THREADS) {
    sum += partial[2 * (long long)row];
    greatest = greater(partial[2 * (long long)row + 1], greatest);
  }
  sum = of_block<add>(sum);
  greatest = of_block<greater>(greatest);
  if (threadIdx.x == 0) {
    out[0] = sum;
    out[1] = greatest;
  }
}

// First stage of the inner products of three vectors with every row of a basis: each vector is read
// once.  A thread keeps its numbers of the three in registers.  partial is (blocks, 3, rows).
extern "C" __global__ void products(const real* basis, const real* a, const real* b, const real* c,
                                    double* partial, int rows, long long n) {
  real mine[3][ITEMS];
  long long first = (long long)blockIdx.x * CHUNK + threadIdx.x;
  for (int item = 0; item < ITEMS; item++) {
    long long i = first + (long long)item * THREADS;
    mine[0][item] = i < n ? a[i] : real(0);
    mine[1][item] = i < n ? b[i] : real(0);
    mine[2][item] = i < n ? c[i] : real(0);
  }
  for (int row = 0; row < rows; row++) {
    double sums[3] = {0, 0, 0};
    for (int item = 0; item < ITEMS; item++) {
      long long i = first + (long long)item * THREADS;
      double value = i < n ? (double)basis[(long long)row * n + i] : 0.0;
      for (int k = 0; k < 3; k++) sums[k] += value * (double)mine[k][item];
    }
    for (int k = 0; k < 3; k++) {
      double sum = of_block<add>(sums[k]);
      if (threadIdx.x == 0) partial[((long long)blockIdx.x * 3 + k) * rows + row] = sum;
    }
  }
}

// Second stage: block k adds column k of the partial sums (blocks, columns).
extern "C" __global__ void finish_products(const double* partial, double* out, int blocks,
                                           int columns) {
  double sum = 0;
  for (int row = threadIdx.x; row < blocks; row += THREADS)
    sum += partial[(long long)row * columns + blockIdx.x];
  sum = of_block<add>(sum);
  if (threadIdx.x == 0) out[blockIdx.x] = sum;
}

// out = sum of weights[row] * basis[row]; a row of weight 0 is not read.
extern "C" __global__ void combine(const real* basis, const double* weights, real* out, int rows,
                                   long long n) {
  long long i = thread_number();
  if (i >= n) return;
  double sum = 0;
  for (int row = 0; row < rows; row++)
    if (weights[row] != 0) sum += weights[row] * (double)basis[(long long)row * n + i];
  out[i] = real(sum);
}

// x = start + step * direction
extern "C" __global__ void move(const real* start, const real* direction, double step, real* x,
                                long long n) {
  long long i = thread_number();
  if (i < n) x[i] = real((double)start[i] + step * (double)direction[i]);
}

// The latest pair, s = step * direction and y = gradient - before; then before = gradient.
extern "C" __global__ void pair(const real* direction, double step, const real* gradient,
                                real* before, real* s, real* y, long long n) {
  long long i = thread_number();
  if (i >= n) return;
  s[i] = real(step * (double)direction[i]);
  y[i] = gradient[i] - before[i];
  before[i] = gradient[i];
}
