// The matrix products around the Gram matrix, in tiles of 64 x 64: x^T y, summed over positions (Gram
// matrix, gradient of filters), and x R (gradient through the Gram matrix).
//
// MODE is EXACT or TF32; LOADED is the type of features, STORED that of a gradient of features.
#include "matrix_tiles.cuh"
#ifndef CUDA_ON_CPU
#include <cuda_fp16.h>
#endif

#ifndef LOADED
#define LOADED REAL
#endif
#ifndef STORED
#define STORED LOADED
#endif

// The position that lies `row_shift` and `column_shift` from another one; -1 outside of the image.
__device__ __forceinline__ int shifted(int position, int height, int width, int row_shift,
                                       int column_shift) {
  if (row_shift == 0 && column_shift == 0) return position;
  int i = position / width + row_shift, j = position % width + column_shift;
  return i >= 0 && i < height && j >= 0 && j < width ? i * width + j : -1;
}

// One part of x^T y, where x is shifted against y: `positions` of them, from blockIdx.y * positions on.
//   partial[part, tile] = sum over them of x[i + row_shift, j + column_shift, :]^T y[i, j, :]
extern "C" __global__ void __launch_bounds__(THREADS)
    transposed_product(const LOADED* x, const LOADED* y, real* partial, int height, int width,
                       int channels_x, int channels_y, int row_shift, int column_shift,
                       int positions, int symmetric) {
  real* left = left_memory[0].value;
  real* right = right_memory[0].value;
  TileOf tile(blockIdx.x, (channels_y + TILE - 1) / TILE, symmetric);
  int start = blockIdx.y * positions, end = min(start + positions, height * width);
  int c = threadIdx.x % (TILE / 4) * 4;
  int channel_x = tile.row * TILE + c, channel_y = tile.column * TILE + c;
  Sums sums;
  for (int first = start; first < end; first += SLAB) {
#pragma unroll 2
    for (int k = threadIdx.x / (TILE / 4); k < SLAB; k += THREADS / (TILE / 4)) {
      int position = first + k;
      bool inside = position < end;
      int source = inside ? shifted(position, height, width, row_shift, column_shift) : -1;
      *reinterpret_cast<Run<real, 4>*>(left + k * ALONG_ROWS + c) = load_four(
          x + (long long)max(source, 0) * channels_x, channel_x, channels_x, source >= 0);
      *reinterpret_cast<Run<real, 4>*>(right + k * ALONG_ROWS + c) = load_four(
          y + (long long)(inside ? position : 0) * channels_y, channel_y, channels_y, inside);
    }
    __syncthreads();
    sums.add_slab<1, ALONG_ROWS>(left, right);
    __syncthreads();
  }
  real* to = partial + ((long long)blockIdx.y * gridDim.x + blockIdx.x) * AREA;
  sums.for_each_run([&](int row, int column, auto run) {
    *reinterpret_cast<decltype(run)*>(to + row * TILE + column) = run;
  });
}

// Adds the parts of an element up, always in the same order: eight sums of every eighth part, then
// those, in double.  A block has 32 elements; threadIdx.y tells which of the eight, and 0 has the sum.
__device__ __forceinline__ double sum_element(const real* partial, int number, int tiles, int parts) {
  __shared__ double eighths[8][32];
  double sum = 0;
  for (int part = threadIdx.y; part < parts; part += 8)
    sum += double(partial[(long long)part * tiles * AREA + number]);
  eighths[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  for (int part = 1; part < 8; part++) sum += eighths[part][threadIdx.x];
  return sum;
}

extern "C" __global__ void __launch_bounds__(256)
    sum_parts(const real* partial, real* out, int rows, int columns, int tiles, int parts, real scale,
              int symmetric) {
  int number = blockIdx.x * 32 + threadIdx.x;
  double sum = sum_element(partial, number, tiles, parts);
  if (threadIdx.y != 0) return;
  TileOf tile(number / AREA, (columns + TILE - 1) / TILE, symmetric);
  int i = tile.row * TILE + number % AREA / TILE, j = tile.column * TILE + number % TILE;
  if (i >= rows || j >= columns || (symmetric && i > j)) return;
  out[(long long)i * columns + j] = real(sum * double(scale));
  if (symmetric) out[(long long)j * columns + i] = real(sum * double(scale));
}

// The same for a Gram matrix, and at once its squared distance from a target, in parts of a block's
// elements, and the gradient: factor (out - target).
extern "C" __global__ void __launch_bounds__(256)
    sum_parts_and_compare(const real* partial, const real* target, real* out, real* grad_out,
                          double* squares, int channels, int tiles, int parts, real scale,
                          double factor) {
  int number = blockIdx.x * 32 + threadIdx.x;
  double sum = sum_element(partial, number, tiles, parts);
  if (threadIdx.y != 0) return;  // the first warp stays
  TileOf tile(number / AREA, (channels + TILE - 1) / TILE, true);
  int i = tile.row * TILE + number % AREA / TILE, j = tile.column * TILE + number % TILE;
  double square = 0;
  if (i <= j && j < channels) {
    int here = i * channels + j, there = j * channels + i;
    real value = real(sum * double(scale)), difference = value - target[here];
    // forward:  loss = sum((x - target)^2) / divisor
    // so:       dx = 2 (x - target) / divisor
    out[here] = out[there] = value;
    grad_out[here] = grad_out[there] = difference * real(factor);
    square = (i == j ? 1 : 2) * double(difference) * double(difference);
  }
  for (int distance = 16; distance > 0; distance /= 2)
    square += __shfl_down_sync(~0u, square, distance);
  if (threadIdx.x == 0) squares[blockIdx.x] = square;
}

// out = scale * x r, plus out if `accumulate`; x is (positions, channels), r (channels, channels).
extern "C" __global__ void __launch_bounds__(THREADS)
    product_with_matrix(const LOADED* x, const real* r, STORED* out, long long positions,
                        int channels, real scale, int accumulate) {
  real* left = left_memory[0].value;
  real* right = right_memory[0].value;
  long long first_position = (long long)blockIdx.x * TILE;
  int first_channel = blockIdx.y * TILE;
  Sums sums;
  for (int first = 0; first < channels; first += SLAB) {
#pragma unroll 4
    for (int e = threadIdx.x; e < SLAB * TILE / 4; e += THREADS) {
      int i = e / (SLAB / 4), k = e % (SLAB / 4) * 4;
      bool inside = first_position + i < positions;
      *reinterpret_cast<Run<real, 4>*>(left + i * ALONG_SLAB + k) = load_four(
          x + (inside ? first_position + i : 0) * channels, first + k, channels, inside);
      int row = e / (TILE / 4), j = e % (TILE / 4) * 4;
      *reinterpret_cast<Run<real, 4>*>(right + row * ALONG_ROWS + j) =
          load_four(r + (long long)min(first + row, channels - 1) * channels, first_channel + j,
                    channels, first + row < channels);
    }
    __syncthreads();
    sums.add_slab<ALONG_SLAB, 1>(left, right);
    __syncthreads();
  }
  sums.for_each_run([&](int row, int column, auto run) {
    constexpr int COUNT = sizeof run / sizeof(real);
    long long position = first_position + row;
    int channel = first_channel + column;
    if (position >= positions || channel >= channels) return;
    STORED* to = out + position * channels + channel;
    Run<STORED, COUNT> result;
    bool whole = channels % COUNT == 0;
    if (accumulate && whole) result = *reinterpret_cast<Run<STORED, COUNT>*>(to);
#pragma unroll
    for (int e = 0; e < COUNT; e++) {
      if (channel + e >= channels) break;
      real before = !accumulate ? real(0) : real(whole ? result.value[e] : to[e]);
      result.value[e] = STORED(before + scale * run.value[e]);
      if (!whole) to[e] = result.value[e];
    }
    if (whole) *reinterpret_cast<Run<STORED, COUNT>*>(to) = result;
  });
}

// out = r + r^T
extern "C" __global__ void symmetrize(const real* r, real* out, int channels) {
  int index = blockIdx.x * blockDim.x + threadIdx.x, i = index / channels, j = index % channels;
  if (i < channels) out[index] = r[index] + r[j * channels + i];
}
