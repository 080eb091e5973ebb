// The parts of a Gram matrix as `transposed_product` of `products.cu` makes them, to the same bits, with
// less to wait for: a tile on the diagonal reads its features once, not twice, and the next slab is on its
// way from memory while this one is multiplied.  For float32 sums, and channels in fours.
#include "matrix_tiles.cuh"
#ifndef CUDA_ON_CPU
#include <cuda_fp16.h>
#endif

#ifndef LOADED
#define LOADED REAL
#endif

constexpr int ACROSS = TILE / 4, PASS = THREADS / ACROSS;  // threads along a row; rows at once

// What a thread fetches of the 64 channels of a slab of positions.
struct Fetched {
  Run<LOADED, 4> runs[SLAB / PASS];

  __device__ __forceinline__ void load(const LOADED* x, int tile, int first, int end, int channels) {
    int channel = tile * TILE + int(threadIdx.x) % ACROSS * 4;
#pragma unroll
    for (int n = 0; n < SLAB / PASS; n++) {
      int position = first + n * PASS + int(threadIdx.x) / ACROSS;
      bool inside = position < end && channel < channels;
      runs[n] = inside ? load_run<Run<LOADED, 4>>(x + (long long)position * channels + channel)
                       : Run<LOADED, 4>{};
    }
  }
  __device__ __forceinline__ void store(real* to) const {
#pragma unroll
    for (int n = 0; n < SLAB / PASS; n++) {
      Run<real, 4> rounded;
#pragma unroll
      for (int k = 0; k < 4; k++) rounded.value[k] = factor(real(runs[n].value[k]));
      store_run(to + (n * PASS + threadIdx.x / ACROSS) * ALONG_ROWS + threadIdx.x % ACROSS * 4, rounded);
    }
  }
};

// partial[part, tile] = sum over `positions` of them, from blockIdx.y * positions on, of x[i]^T x[i]
extern "C" __global__ void __launch_bounds__(THREADS)
    gram_parts(const LOADED* x, real* partial, int all_positions, int channels, int positions) {
  real* left = left_memory[0].value;
  real* right = right_memory[0].value;
  TileOf tile(blockIdx.x, (channels + TILE - 1) / TILE, true);
  bool diagonal = tile.row == tile.column;
  int start = blockIdx.y * positions, end = min(start + positions, all_positions);
  Fetched rows, columns;
  Sums sums;
  rows.load(x, tile.row, start, end, channels);
  if (!diagonal) columns.load(x, tile.column, start, end, channels);
  for (int first = start; first < end; first += SLAB) {
    rows.store(left);
    if (!diagonal) columns.store(right);
    __syncthreads();
    if (first + SLAB < end) {
      rows.load(x, tile.row, first + SLAB, end, channels);
      if (!diagonal) columns.load(x, tile.column, first + SLAB, end, channels);
    }
    sums.add_slab<1, ALONG_ROWS>(left, diagonal ? left : right);
    __syncthreads();  // before the next slab overwrites this one
  }
  real* to = partial + ((long long)blockIdx.y * gridDim.x + blockIdx.x) * AREA;
  sums.for_each_run([&](int row, int column, auto run) {
    *reinterpret_cast<decltype(run)*>(to + row * TILE + column) = run;
  });
}
