// What pixels repeated around a picture send back to the outermost ones, of which they are copies; the
// mathematics is in reference/edge_pad.py.
//
// The way back of the first convolution is a convolution too.  Its result goes on for one place beyond
// each border, and what it has there belongs to the copies.  These are few, and so this is a launch of
// its own, which leaves the inside of the picture alone.  A warp takes one outermost pixel, and its lanes
// share out the channels.
#include "common.cuh"
#ifndef CUDA_ON_CPU
#include <cuda_fp16.h>
#endif

#ifndef LOADED  // the type of grad_y in memory
#define LOADED real
#endif

constexpr int COLORS = 3, LANES = 32, WARPS = 4;

struct Pixel {
  int row, column;
};

// Outermost pixel n: those of the first and the last row, then what columns have between these.
__device__ __forceinline__ Pixel outermost(int n, int height, int width) {
  int rows = min(height, 2), columns = min(width, 2);
  if (n < rows * width) return {n / width * (height - 1), n % width};
  n -= rows * width;
  return {1 + n / columns, n % columns * (width - 1)};
}

// Whether `place`, of an axis that goes on beyond both ends, shows pixel p or a copy of it.
__device__ __forceinline__ bool shows(int place, int p, int length) {
  return min(max(place, 0), length - 1) == p;
}

// sums[q] += grad_y[row + a - 1, column + b - 1, c] w[a, b, c, q], over a, b and this lane's c
__device__ __forceinline__ void add_place(real (&sums)[COLORS], const LOADED* grad_y, const real* w,
                                          int row, int column, int height, int width,
                                          int channels) {
  for (int tap = 0; tap < 9; tap++) {
    int i = row + tap / 3 - 1, j = column + tap % 3 - 1;
    if (i < 0 || i >= height || j < 0 || j >= width) continue;
    for (int c = threadIdx.x % LANES; c < channels; c += LANES) {
      real grad = real(grad_y[element_at(i, j, c, width, channels)]);
#pragma unroll
      for (int q = 0; q < COLORS; q++) sums[q] += grad * w[(tap * channels + c) * COLORS + q];
    }
  }
}

// Adds to what `conv_to_picture` wrote, with the same filters and the same scale.
extern "C" __global__ void __launch_bounds__(WARPS* LANES)
    add_edge_gradient(const LOADED* grad_y, const real* w, real* grad_x, int height, int width,
                      int channels, real scale, int pixels) {
  int n = blockIdx.x * WARPS + threadIdx.x / LANES;
  if (n >= pixels) return;
  Pixel p = outermost(n, height, width);
  real sums[COLORS] = {};
  // forward:  y = conv(x), which sees x[p] at every place that shows p
  // so:       dx[p] = sum of conv_turned(dy)[place] over these, of which one is p itself
  for (int row = p.row - 1; row <= p.row + 1; row++)
    for (int column = p.column - 1; column <= p.column + 1; column++) {
      bool is_copy = row != p.row || column != p.column;
      if (is_copy && shows(row, p.row, height) && shows(column, p.column, width))
        add_place(sums, grad_y, w, row, column, height, width, channels);
    }
#pragma unroll
  for (int q = 0; q < COLORS; q++) {
    for (int distance = LANES / 2; distance > 0; distance /= 2)
      sums[q] += __shfl_down_sync(~0u, sums[q], distance);
    if (threadIdx.x % LANES == 0)
      grad_x[element_at(p.row, p.column, q, width, COLORS)] += scale * sums[q];
  }
}
