// 3x3 convolution between a picture's 3 channels and the first features, in plain multiplications.
//
// Both kernels go through a tile of rows x 16 pixels.  Forward a thread computes 8 pixels of a row by two
// runs of four channels, 32 apart: the eight threads of a run of pixels store 128 bytes of floats side
// by side.  Backward there is so little to compute that the features' way to shared memory counts: they
// come 16 bytes at a time, and the next slab's are on their way while this one is multiplied.
#include "conv_epilogue.cuh"
#include "padding.cuh"
#include "runs.cuh"

#ifndef LOADED  // the type of x in memory
#define LOADED real
#endif

constexpr int COLORS = 3, TILE_COLUMNS = 16, HALO_COLUMNS = TILE_COLUMNS + 2;
typedef Run<real, 4> Four;

namespace forward {

constexpr int ROWS = 8, CHANNELS = 64, GROUPS = CHANNELS / 8, PIXELS = 8;
constexpr int THREADS = ROWS * TILE_COLUMNS / PIXELS * GROUPS;
constexpr int HALO_ROWS = ROWS + 2, BLOCKS_PER_SM = sizeof(real) == 8 ? 1 : 4;  // to cap registers

__shared__ real pixels[COLORS][HALO_ROWS][HALO_COLUMNS];
__shared__ Four filters[9 * COLORS][CHANNELS / 4];

__device__ __forceinline__ void load_pixels(const LOADED* x, int first_row, int first_column, int height,
                                            int width) {
#pragma unroll
  for (int e = threadIdx.x; e < HALO_ROWS * HALO_COLUMNS * COLORS; e += THREADS) {
    int c = e % COLORS, column = e / COLORS % HALO_COLUMNS, row = e / COLORS / HALO_COLUMNS;
    int i = first_row + row - 1, j = first_column + column - 1;
    bool seen = is_seen(i, j, height, width);
    pixels[c][row][column] = seen ? real(x[((long long)i * width + j) * COLORS + c]) : real(0);
  }
}

__device__ __forceinline__ void load_filters(const real* w, int first_filter, int channels_out) {
#pragma unroll
  for (int e = threadIdx.x; e < 9 * COLORS * CHANNELS / 4; e += THREADS) {
    int row = e / (CHANNELS / 4), four = e % (CHANNELS / 4), filter = first_filter + 4 * four;
    filters[row][four] =
        filter < channels_out ? load_run<Four>(w + row * channels_out + filter) : Four{};
  }
}

__device__ __forceinline__ void multiply(real (&sums)[PIXELS][2][4], int row, int column, int group) {
#pragma unroll 1  // more at once would need more registers
  for (int c = 0; c < COLORS; c++)
#pragma unroll 1
    for (int a = 0; a < 3; a++) {
      real line[PIXELS + 2];
#pragma unroll
      for (int p = 0; p < PIXELS + 2; p++) line[p] = pixels[c][row + a][column + p];
#pragma unroll
      for (int b = 0; b < 3; b++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
          Four w = filters[(3 * a + b) * COLORS + c][half * GROUPS + group];
#pragma unroll
          for (int p = 0; p < PIXELS; p++)
#pragma unroll
            for (int q = 0; q < 4; q++) sums[p][half][q] += line[p + b] * w.value[q];
        }
    }
}

// Stores four channels of a pixel.  Two neighboring threads have the bits of one byte, so all threads
// must come here, `inside` or not.
__device__ __forceinline__ void store(const Epilogue& to, const real (&sums)[4], Four bias,
                                      long long element, bool inside) {
  Run<STORED, 4> y;
  unsigned bits = 0;
#pragma unroll
  for (int q = 0; q < 4; q++) {
    real sum = to.scale * sums[q] + bias.value[q];
    y.value[q] = STORED(to.has(RELU) && sum < real(0) ? real(0) : sum);  // a NaN stays one
    bits |= unsigned(real(y.value[q]) > real(0)) << q;
  }
  if (inside) store_run(to.out + element, y);
  if (!to.has(POSITIVE)) return;
  bits |= __shfl_xor_sync(~0u, bits, 1) << 4;  // an even thread's are the lower ones
  if (inside && threadIdx.x % 2 == 0) to.positive[element / 8] = (unsigned char)bits;
}

}  // namespace forward

// Of the steps it knows BIAS, which must be among them, RELU and POSITIVE.
extern "C" __global__ void __launch_bounds__(forward::THREADS, forward::BLOCKS_PER_SM)
    conv_from_picture(const LOADED* x, const real* w, const real* bias, const STORED* add,
                      const unsigned char* mask, STORED* out, unsigned char* positive, int height,
                      int width, int channels_in, int channels_out, real scale, int steps) {
  using namespace forward;
  int tiles_across = (width + TILE_COLUMNS - 1) / TILE_COLUMNS;
  int first_row = blockIdx.x / tiles_across * ROWS;
  int first_column = blockIdx.x % tiles_across * TILE_COLUMNS, first_filter = blockIdx.y * CHANNELS;
  int group = threadIdx.x % GROUPS, run = threadIdx.x / GROUPS;
  int row = run / 2, column = run % 2 * PIXELS;
  load_pixels(x, first_row, first_column, height, width);
  load_filters(w, first_filter, channels_out);
  __syncthreads();
  real sums[PIXELS][2][4] = {};
  multiply(sums, row, column, group);

  Epilogue epilogue = {bias, add, mask, out, positive, channels_out, scale, steps};
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int channel = first_filter + half * CHANNELS / 2 + 4 * group;
    Four added = channel < channels_out ? load_run<Four>(bias + channel) : Four{};
#pragma unroll
    for (int p = 0; p < PIXELS; p++) {
      int i = first_row + row, j = first_column + column + p;
      store(epilogue, sums[p][half], added, ((long long)i * width + j) * channels_out + channel,
            i < height && j < width && channel < channels_out);
    }
  }
}

namespace backward {

constexpr int ROWS = 32, PIXELS = 4, THREADS = ROWS * TILE_COLUMNS / PIXELS;
constexpr int BLOCKS_PER_SM = sizeof(real) == 8 ? 2 : 4;  // to cap registers
constexpr int SLAB = 8, FOURS = SLAB / 4, HALO_ROWS = ROWS + 2;
// Of a row: the threads of a warp read 32 rows, in 32 banks.  Of a channel: four are 16 banks apart.
constexpr int ALONG = HALO_COLUMNS + 1, PLANE = HALO_ROWS * ALONG + 6;
constexpr int IN_ROW = HALO_COLUMNS * FOURS, PASS = THREADS / IN_ROW;  // runs of a row; rows at once
constexpr int PASSES = (HALO_ROWS + PASS - 1) / PASS;

__shared__ real pixels[SLAB][PLANE];
__shared__ Four filters[9][SLAB];  // the fourth of each is 0

typedef Run<LOADED, 4> Loaded;

// What a thread fetches of a slab: four channels at one column, in every PASS-th row.
struct Halo {
  int row = int(threadIdx.x) / IN_ROW, column = int(threadIdx.x) % IN_ROW / FOURS;
  int place = int(threadIdx.x) % FOURS * 4;  // of the channels
  Loaded runs[PASSES];

  __device__ __forceinline__ bool has(int n) const { return row < PASS && n * PASS + row < HALO_ROWS; }

  __device__ __forceinline__ void load(const LOADED* x, int first_row, int first_column,
                                       int first_channel, int height, int width, int channels) {
    int i = first_row + row - 1, j = first_column + column - 1, channel = first_channel + place;
    const LOADED* from = x + ((long long)i * width + j) * channels + channel;
    bool inside = j >= 0 && j < width && channel < channels;
#pragma unroll
    for (int n = 0; n < PASSES; n++, i += PASS, from += (long long)PASS * width * channels)
      runs[n] = inside && has(n) && i >= 0 && i < height ? load_run<Loaded>(from) : Loaded{};
  }
  __device__ __forceinline__ void store() const {
    real* to = pixels[place] + row * ALONG + column;
#pragma unroll
    for (int n = 0; n < PASSES; n++)
#pragma unroll
      for (int k = 0; k < 4; k++)
        if (has(n)) to[k * PLANE + n * PASS * ALONG] = real(runs[n].value[k]);
  }
};

__device__ __forceinline__ void load_filters(const real* w, int first_channel, int channels) {
  for (int e = threadIdx.x; e < 9 * SLAB * 4; e += THREADS) {
    int color = e % 4, c = e / 4 % SLAB, tap = e / 4 / SLAB, channel = first_channel + c;
    bool inside = color < COLORS && channel < channels;
    filters[tap][c].value[color] =
        inside ? w[((long long)tap * channels + channel) * COLORS + color] : real(0);
  }
}

// sums[p][q] += x[row + a, column + p + b, c] w[a, b, c, q], over a, b and the slab's c; in float32
// a short sum first, since a long one would lose digits.
__device__ __forceinline__ void add_slab(real (&sums)[PIXELS][COLORS], int row, int column) {
  real fresh[PIXELS][COLORS] = {};
  real(&to)[PIXELS][COLORS] = sizeof(real) == 8 ? sums : fresh;
#pragma unroll 1  // more at once would need more registers
  for (int c = 0; c < SLAB; c++)
#pragma unroll
    for (int a = 0; a < 3; a++) {
      real line[PIXELS + 2];
#pragma unroll
      for (int p = 0; p < PIXELS + 2; p++) line[p] = pixels[c][(row + a) * ALONG + column + p];
#pragma unroll
      for (int b = 0; b < 3; b++) {
        Four w = filters[3 * a + b][c];
#pragma unroll
        for (int p = 0; p < PIXELS; p++)
#pragma unroll
          for (int q = 0; q < COLORS; q++) to[p][q] += line[p + b] * w.value[q];
      }
    }
#pragma unroll
  for (int p = 0; p < PIXELS; p++)
#pragma unroll
    for (int q = 0; q < COLORS; q++) sums[p][q] += fresh[p][q];
}

}  // namespace backward

// The convolution with turned filters; of the epilogue, the scale: it knows no steps.
extern "C" __global__ void __launch_bounds__(backward::THREADS, backward::BLOCKS_PER_SM)
    conv_to_picture(const LOADED* x, const real* w, const real* bias, const STORED* add,
                    const unsigned char* mask, STORED* out, unsigned char* positive, int height,
                    int width, int channels_in, int channels_out, real scale, int steps) {
  using namespace backward;
  int tiles_across = (width + TILE_COLUMNS - 1) / TILE_COLUMNS;
  int first_row = blockIdx.x / tiles_across * ROWS;
  int first_column = blockIdx.x % tiles_across * TILE_COLUMNS;
  int row = threadIdx.x % ROWS, column = threadIdx.x / ROWS * PIXELS;
  real sums[PIXELS][COLORS] = {};
  Halo halo;
  halo.load(x, first_row, first_column, 0, height, width, channels_in);
  for (int c = 0; c < channels_in; c += SLAB) {
    halo.store();
    load_filters(w, c, channels_in);
    __syncthreads();
    if (c + SLAB < channels_in)
      halo.load(x, first_row, first_column, c + SLAB, height, width, channels_in);
    add_slab(sums, row, column);
    __syncthreads();  // before the next slab overwrites this one
  }
  int i = first_row + row;
#pragma unroll
  for (int p = 0; p < PIXELS; p++) {
    int j = first_column + column + p;
    if (i >= height || j >= width) continue;
#pragma unroll
    for (int q = 0; q < COLORS; q++)
      out[((long long)i * width + j) * COLORS + q] = STORED(scale * sums[p][q]);
  }
}
