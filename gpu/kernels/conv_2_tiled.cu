// 3x3 convolution, second rung: shared memory feeds many outputs, registers hold them.
//
// A block computes a tile of TILE_ROWS x 16 pixels by 8 CHANNEL_GROUPS channels.  It walks through the
// input channels in slabs: the tile with its halo of one pixel and the filters of a slab go to shared
// memory.  There each number serves the whole block, for all nine taps.  A thread computes 8 pixels of
// a row by 8 channels: 10 pixels and 3 x 8 filters in registers give 192 multiplications.
#include "conv_epilogue.cuh"
#include "padding.cuh"

#ifndef LOADED  // the type of x in memory
#define LOADED real
#endif
#ifndef TILE_ROWS
#define TILE_ROWS 8
#endif
#ifndef CHANNEL_GROUPS
#define CHANNEL_GROUPS 8
#endif
#ifndef SLAB
#define SLAB 8
#endif

constexpr int RUN = 8;  // pixels and channels of a thread
constexpr int TILE_COLUMNS = 16, TILE_CHANNELS = RUN * CHANNEL_GROUPS;
constexpr int THREADS = TILE_ROWS * TILE_COLUMNS / RUN * CHANNEL_GROUPS;
constexpr int BLOCKS_PER_SM = sizeof(real) == 8 ? 1 : 256 / THREADS;  // to cap registers
constexpr int HALO_ROWS = TILE_ROWS + 2, HALO_COLUMNS = TILE_COLUMNS + 2;

struct alignas(4 * sizeof(real)) Four {
  real value[4];
};

__shared__ real pixels[SLAB][HALO_ROWS][HALO_COLUMNS];
__shared__ Four filters[9][SLAB][TILE_CHANNELS / 4];

// Threads of a warp read 8 channels each, as two fours.  The first fours of all groups lie together,
// then the second ones, so that a warp's reads of 16 bytes touch neighboring banks.
__device__ int place_of(int channel) {
  int group = channel / RUN, half = channel % RUN / 4;
  return half * CHANNEL_GROUPS + group;
}

__device__ void load_pixels(const LOADED* x, int first_row, int first_column, int first_channel,
                            int height, int width, int channels) {
  for (int e = threadIdx.x; e < SLAB * HALO_ROWS * HALO_COLUMNS; e += THREADS) {
    int c = e % SLAB, column = e / SLAB % HALO_COLUMNS, row = e / SLAB / HALO_COLUMNS;
    int i = first_row + row - 1, j = first_column + column - 1, channel = first_channel + c;
    bool seen = is_seen(i, j, height, width) && channel < channels;
    pixels[c][row][column] =
        seen ? real(x[((long long)i * width + j) * channels + channel]) : real(0);
  }
}

__device__ void load_filters(const real* w, int first_channel, int first_filter, int channels_in,
                             int channels_out) {
  for (int e = threadIdx.x; e < 9 * SLAB * TILE_CHANNELS; e += THREADS) {
    int k = e % TILE_CHANNELS, c = e / TILE_CHANNELS % SLAB, tap = e / TILE_CHANNELS / SLAB;
    bool inside = first_channel + c < channels_in && first_filter + k < channels_out;
    filters[tap][c][place_of(k)].value[k % 4] =
        inside ? w[((long long)tap * channels_in + first_channel + c) * channels_out +
                   first_filter + k]
               : real(0);
  }
}

// sums[p][q] += x[row + a, column + p + b, c] w[a, b, c, q], over a, b and the slab's c
__device__ __forceinline__ void multiply_slab(real (&sums)[RUN][RUN], int row, int column,
                                              int group) {
#pragma unroll 1  // more at once would need more registers
  for (int c = 0; c < SLAB; c++)
#pragma unroll 1
    for (int a = 0; a < 3; a++) {
      real line[RUN + 2];
#pragma unroll
      for (int p = 0; p < RUN + 2; p++) line[p] = pixels[c][row + a][column + p];
#pragma unroll
      for (int b = 0; b < 3; b++) {
        Four four[2] = {filters[3 * a + b][c][group],
                        filters[3 * a + b][c][CHANNEL_GROUPS + group]};
#pragma unroll
        for (int p = 0; p < RUN; p++)
#pragma unroll
          for (int q = 0; q < RUN; q++) sums[p][q] += line[p + b] * four[q / 4].value[q % 4];
      }
    }
}

// A sum of short sums loses fewer digits than a long one; float64 has digits enough.
__device__ __forceinline__ void add_slab(real (&sums)[RUN][RUN], int row, int column, int group) {
  if constexpr (sizeof(real) == 8) {
    multiply_slab(sums, row, column, group);
  } else {
    real fresh[RUN][RUN] = {};
    multiply_slab(fresh, row, column, group);
#pragma unroll
    for (int e = 0; e < RUN * RUN; e++) sums[e / RUN][e % RUN] += fresh[e / RUN][e % RUN];
  }
}

// Stores a thread's 8 channels at one pixel, and their signs as the bits of one byte.
__device__ __forceinline__ void store(const Epilogue& epilogue, const real (&sums)[RUN],
                                      long long pixel, int channel) {
  unsigned positive = 0;
#pragma unroll
  for (int q = 0; q < RUN; q++) {
    if (channel + q >= epilogue.channels) return;
    STORED y = epilogue.finish(sums[q], pixel, channel + q);
    epilogue.out[pixel * epilogue.channels + channel + q] = y;
    positive |= unsigned(real(y) > real(0)) << q;
  }
  if (epilogue.has(POSITIVE))
    epilogue.positive[(pixel * epilogue.channels + channel) / 8] = (unsigned char)positive;
}

extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS_PER_SM)
    conv_tiled(const LOADED* x, const real* w, const real* bias, const STORED* add,
               const unsigned char* mask, STORED* out, unsigned char* positive, int height, int width,
               int channels_in, int channels_out, real scale, int steps) {
  int tiles_across = (width + TILE_COLUMNS - 1) / TILE_COLUMNS;
  int first_row = blockIdx.x / tiles_across * TILE_ROWS;
  int first_column = blockIdx.x % tiles_across * TILE_COLUMNS;
  int first_filter = blockIdx.y * TILE_CHANNELS;
  int group = threadIdx.x % CHANNEL_GROUPS, run = threadIdx.x / CHANNEL_GROUPS;
  int row = run / 2, column = run % 2 * RUN;

  real sums[RUN][RUN] = {};
  for (int c = 0; c < channels_in; c += SLAB) {
    load_pixels(x, first_row, first_column, c, height, width, channels_in);
    load_filters(w, c, first_filter, channels_in, channels_out);
    __syncthreads();
    add_slab(sums, row, column, group);
    __syncthreads();  // before the next slab overwrites this one
  }

  Epilogue epilogue = {bias, add, mask, out, positive, channels_out, scale, steps};
  int i = first_row + row, channel = first_filter + group * RUN;
#pragma unroll
  for (int p = 0; p < RUN; p++) {
    int j = first_column + column + p;
    if (i < height && j < width) store(epilogue, sums[p], (long long)i * width + j, channel);
  }
}
