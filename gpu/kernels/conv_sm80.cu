// 3x3 convolution, third rung: tensor cores (sm_80 and later), fed by asynchronous copies.
//
// A block computes a tile of 2 WARPS_DOWN rows x 16 pixels by 64 WARPS_ACROSS channels; a warp two of
// its rows by 64 channels.  Everything moves in rows of 128 bytes: a slab of a pixel's input channels,
// or of a filter's.  The tile with its halo comes to shared memory once a slab and serves nine steps,
// one for each tap: the nine shifted images are nine ways to point at the same rows.  Filters come
// step by step, two steps ahead.
//
// MODE is how products are made:
//   TF32     float32 in memory, operands rounded to 11 bits
//   FLOAT16  float16 in memory
//   SPLIT    float32 in memory, each operand the sum of two float16: three products of float16 give
//            what float32 would; `prepare_filters` has cut the filters, the kernel cuts the pixels
#include "conv_epilogue.cuh"
#include "tensor_cores.cuh"

enum Mode { TF32, FLOAT16, SPLIT };
constexpr Mode mode = MODE;

#ifndef WARPS_DOWN
#define WARPS_DOWN 4
#endif
#ifndef WARPS_ACROSS
#define WARPS_ACROSS 2
#endif

constexpr int TILE_ROWS = 2 * WARPS_DOWN, TILE_COLUMNS = 16, TILE_CHANNELS = 64 * WARPS_ACROSS;
constexpr int THREADS = 32 * WARPS_DOWN * WARPS_ACROSS;
constexpr int HALO_COLUMNS = TILE_COLUMNS + 2, HALO = (TILE_ROWS + 2) * HALO_COLUMNS;
constexpr int ROW = 128, CHUNK = 16, CHUNKS = ROW / CHUNK;  // bytes, bytes, chunks of a row
constexpr int STAGES = 3;
constexpr int HALO_STEPS = 6;  // of the nine: what they fetch has come when the next slab begins
constexpr int BLOCKS_PER_SM =  // as shared memory allows, and registers
    mode == SPLIT ? (THREADS == 256 ? 1 : 2) : (THREADS == 256 ? 2 : 3);

// Eight neighboring rows have a chunk in eight different places, so that ldmatrix can read it from
// all of them at once.
__device__ __forceinline__ unsigned char* chunk_at(unsigned char* rows, int row, int chunk) {
  return rows + row * ROW + (chunk ^ row % CHUNKS) * CHUNK;
}

struct Tile {
  const unsigned char *x, *filters;  // bytes from here on
  unsigned char *halo, *stages;      // in shared memory
  int height, width, first_row, first_column, first_filter, filter_count;
  int row_bytes;  // all channels of a pixel, or of a filter

  // Asks for chunks `first` to `last` of a slab of the tile's pixels and their neighbors.
  __device__ __forceinline__ void fetch_halo(int slab, int first, int last) const {
    unsigned char* to = halo + slab % 2 * HALO * ROW;
    for (int e = first + int(threadIdx.x); e < last; e += THREADS) {
      int pixel = e / CHUNKS, chunk = e % CHUNKS;
      int i = first_row + pixel / HALO_COLUMNS - 1, j = first_column + pixel % HALO_COLUMNS - 1;
      bool inside = i >= 0 && i < height && j >= 0 && j < width;  // zeros outside: "same"
      long long index = inside ? (long long)i * width + j : 0;
      copy_async_16(chunk_at(to, pixel, chunk), x + index * row_bytes + slab * ROW + chunk * CHUNK,
                    inside);
    }
  }

  // Asks for the filters of one step.
  __device__ __forceinline__ void fetch_filters(int slab, int tap, int stage) const {
    unsigned char* to = stages + stage * TILE_CHANNELS * ROW;
#pragma unroll
    for (int e = threadIdx.x; e < TILE_CHANNELS * CHUNKS; e += THREADS) {
      int k = e / CHUNKS, chunk = e % CHUNKS;
      long long row = (long long)tap * filter_count + first_filter + k;
      copy_async_16(chunk_at(to, k, chunk), filters + row * row_bytes + slab * ROW + chunk * CHUNK);
    }
  }
};

// The operands of one warp: 2 x 16 pixels and 64 filters.  Lane i of ldmatrix points at a row of
// matrix i / 8; what comes is what mma wants (docs/gpu/convolution.md draws it).
struct Warp {
  unsigned char *halo, *filters;
  int pixel, filter;  // this lane's rows

  __device__ __forceinline__ void load_pixels(unsigned (&a)[4], int m, int chunk) const {
    load_matrix_x4(a, chunk_at(halo, pixel + m * HALO_COLUMNS, chunk + int(threadIdx.x) % 32 / 16));
  }
  // Sixteen filters: b[0], b[1] belong to the first eight of them, b[2], b[3] to the others.
  __device__ __forceinline__ void load_filters(unsigned (&b)[4], int n, int chunk) const {
    load_matrix_x4(b, chunk_at(filters, filter + n * 8, chunk + int(threadIdx.x) % 16 / 8));
  }
};

__device__ __forceinline__ void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned b0,
                                         unsigned b1) {
  const unsigned b[2] = {b0, b1};
  if constexpr (mode == TF32)
    mma_m16n8k8_tf32(sum, a, b);
  else
    mma_m16n8k16_f16(sum, a, b);
}

// A step of TF32 or FLOAT16: 32 bytes of each row at a time.  Fetched all at once, their operands do
// not fit the 128 registers with which two blocks share a multiprocessor.
__device__ __forceinline__ void multiply_step(float (&sums)[2][8][4], const Warp& warp) {
#pragma unroll 2
  for (int chunk = 0; chunk < CHUNKS; chunk += 2) {
    unsigned a[2][4];
#pragma unroll
    for (int m = 0; m < 2; m++) {
      warp.load_pixels(a[m], m, chunk);
      if constexpr (mode == TF32)
#pragma unroll
        for (int i = 0; i < 4; i++) a[m][i] = to_tf32(__uint_as_float(a[m][i]));
    }
#pragma unroll
    for (int n = 0; n < 8; n += 2) {
      unsigned b[4];
      warp.load_filters(b, n, chunk);
#pragma unroll
      for (int m = 0; m < 2; m++) {
        multiply(sums[m][n], a[m], b[0], b[1]);
        multiply(sums[m][n + 1], a[m], b[2], b[3]);
      }
    }
  }
}

// Cuts two numbers into float16 pieces: x = high + low, but for 2^-22 of it.
__device__ __forceinline__ void split(unsigned first, unsigned second, float scale, unsigned& high,
                                      unsigned& low) {
  float x = scale * __uint_as_float(first), y = scale * __uint_as_float(second);
  __half2 h = __floats2half2_rn(x, y);
  __half2 l = __floats2half2_rn(x - __low2float(h), y - __high2float(h));
  high = *reinterpret_cast<unsigned*>(&h);
  low = *reinterpret_cast<unsigned*>(&l);
}

// A step of SPLIT: 16 channels are 64 bytes of a pixel, and of a filter 32 bytes of high pieces in the
// first half of the row and 32 bytes of low ones in the second half.
//
// Tensor cores cut their sums off instead of rounding them, always towards zero.  A sum of thousands
// of products would lose two digits, so each step begins anew and is added in float32.
__device__ __forceinline__ void multiply_split_step(float (&sums)[2][8][4], const Warp& warp,
                                                    float scale) {
  unsigned high[2][2][4], low[2][2][4];  // of 16 channels, of 16 pixels
#pragma unroll
  for (int part = 0; part < 2; part++)
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        // Channels t and t + 4 become the neighbors 2t and 2t + 1 of float16's fragment;
        // `prepare_filters` orders the filters' channels in the same way.
        unsigned x[4], *h = high[part][m] + 2 * half, *l = low[part][m] + 2 * half;
        warp.load_pixels(x, m, 4 * part + 2 * half);
        split(x[0], x[2], scale, h[0], l[0]);
        split(x[1], x[3], scale, h[1], l[1]);
      }
#pragma unroll
  for (int n = 0; n < 8; n += 2) {
    float fresh[2][2][4] = {};
#pragma unroll
    for (int part = 0; part < 2; part++) {
      unsigned bh[4], bl[4];
      warp.load_filters(bh, n, 2 * part);
      warp.load_filters(bl, n, 4 + 2 * part);
#pragma unroll
      for (int m = 0; m < 2; m++)
#pragma unroll
        for (int i = 0; i < 2; i++) {
          multiply(fresh[m][i], low[part][m], bh[2 * i], bh[2 * i + 1]);
          multiply(fresh[m][i], high[part][m], bl[2 * i], bl[2 * i + 1]);
          multiply(fresh[m][i], high[part][m], bh[2 * i], bh[2 * i + 1]);
        }
    }
#pragma unroll
    for (int e = 0; e < 16; e++) sums[e / 8][n + e / 4 % 2][e % 4] += fresh[e / 8][e / 4 % 2][e % 4];
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS_PER_SM)
    conv_sm80(const STORED* x, const STORED* filters, const float* bias, const STORED* add,
              const unsigned char* mask, STORED* out, unsigned char* positive, int height, int width,
              int channels_in, int channels_out, float scale, int steps, float input_scale) {
  DYNAMIC_SHARED(unsigned char, memory);
  int tiles_across = (width + TILE_COLUMNS - 1) / TILE_COLUMNS;
  Tile tile = {reinterpret_cast<const unsigned char*>(x),
               reinterpret_cast<const unsigned char*>(filters),
               memory,
               memory + 2 * HALO * ROW,
               height,
               width,
               int(blockIdx.x) / tiles_across * TILE_ROWS,
               int(blockIdx.x) % tiles_across * TILE_COLUMNS,
               int(blockIdx.y) * TILE_CHANNELS,
               channels_out,
               channels_in * int(sizeof(STORED))};
  int lane = threadIdx.x % 32, warp_row = threadIdx.x / 32 % WARPS_DOWN * 2;
  int warp_channel = threadIdx.x / 32 / WARPS_DOWN * 64;
  int slabs = tile.row_bytes / ROW;

  float sums[2][8][4] = {};
  tile.fetch_halo(0, 0, HALO * CHUNKS);
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; stage++) {
    tile.fetch_filters(0, stage, stage);
    copy_async_commit();
  }
  for (int slab = 0; slab < slabs; slab++)
    for (int tap = 0; tap < 9; tap++) {
      int step = slab * 9 + tap;
      copy_async_wait<STAGES - 2>();  // this step's filters have come,
      __syncthreads();                // for everybody, and nobody reads the last step's any more
      int ahead = tap + STAGES - 1, part = (HALO * CHUNKS + HALO_STEPS - 1) / HALO_STEPS;
      if (slab + ahead / 9 < slabs)
        tile.fetch_filters(slab + ahead / 9, ahead % 9, (step + STAGES - 1) % STAGES);
      if (slab + 1 < slabs && tap < HALO_STEPS)
        tile.fetch_halo(slab + 1, tap * part, min((tap + 1) * part, HALO * CHUNKS));
      copy_async_commit();

      Warp warp = {tile.halo + slab % 2 * HALO * ROW, tile.stages + step % STAGES * TILE_CHANNELS * ROW,
                   (warp_row + tap / 3) * HALO_COLUMNS + tap % 3 + lane % 16,
                   warp_channel + lane / 16 * 8 + lane % 8};
      if constexpr (mode == SPLIT)
        multiply_split_step(sums, warp, input_scale);
      else
        multiply_step(sums, warp);
    }

  Epilogue epilogue = {bias, add, mask, out, positive, channels_out, scale, steps};
#pragma unroll
  for (int m = 0; m < 2; m++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      int i = tile.first_row + warp_row + m, j = tile.first_column + lane / 4 + 8 * half;
#pragma unroll
      for (int n = 0; n < 8; n++)
        epilogue.store_pair(sums[m][n][2 * half], sums[m][n][2 * half + 1],
                            (long long)i * width + j,
                            tile.first_filter + warp_channel + 8 * n + lane % 4 * 2,
                            i < height && j < width);
    }
}
