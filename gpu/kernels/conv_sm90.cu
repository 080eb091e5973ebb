// 3x3 convolution, fourth rung: Hopper's copies and products of whole warpgroups (sm_90a).
//
// One thread orders tiles from memory (TMA), two warpgroups multiply them (wgmma); they meet at
// barriers in shared memory, and nobody else waits.  A block computes TILE_ROWS x 16 pixels by
// TILE_CHANNELS channels, in slabs of 128 bytes of input channels.  wgmma wants its rows of pixels on
// multiples of 1024 bytes, eight rows: a shift by image rows keeps that, a shift by one column does
// not.  So a slab's tile comes three times, once a column shift, each with a row above and below, and
// each copy serves three taps.  What lies outside of the image comes as zeros: "same".
//
// MODE is FLOAT16 (float16 in memory) or TF32 (float32 in memory; the tensor cores drop the lower bits
// of what they read, so results are rounded as they are stored, unless the copies round).  With STEPS,
// what is done to the sums is known when the kernel is compiled.
//
// With CLUSTER 2, two blocks that compute other channels of the same pixels share their images: each
// copies half of the rows of every image to both, and a buffer is free when both have done with it.
#include "conv_epilogue.cuh"
#ifdef STEPS
#include "conv_strip.cuh"
#endif
#include "cluster.cuh"
#include "wgmma.cuh"

enum Mode { TF32, FLOAT16 };
constexpr Mode mode = MODE;

#ifndef TILE_ROWS
#define TILE_ROWS 16
#endif
#ifndef TILE_CHANNELS
#define TILE_CHANNELS 128
#endif
#ifndef CLUSTER
#define CLUSTER 1
#endif
#if CLUSTER > 1
#define IN_CLUSTERS __cluster_dims__(1, CLUSTER, 1)
#else
#define IN_CLUSTERS
#endif

constexpr int TILE_COLUMNS = 16, ROW = 128;  // ROW: bytes of a slab of one pixel or one filter
constexpr int SLAB = ROW / sizeof(STORED);   // channels
constexpr int GROUP = 128, CONSUMERS = 2, THREADS = GROUP * (1 + CONSUMERS);
constexpr int PRODUCTS = TILE_ROWS * TILE_COLUMNS / (64 * CONSUMERS);  // of 64 pixels, in each group
constexpr int IMAGE_BYTES = (TILE_ROWS + 2) * TILE_COLUMNS * ROW, IMAGES = 3;
constexpr int FILTER_BYTES = TILE_CHANNELS * ROW, FILTERS = 4;
static_assert(PRODUCTS >= 1, "a warpgroup multiplies 64 pixels");
static_assert((TILE_ROWS + 2) % CLUSTER == 0,
              "each block copies whole rows, and so whole groups of eight pixels");

// A ring of buffers between the threads that fill them and the groups that use them, of as many blocks.
template <int Count, int Bytes, int Blocks>
struct Ring {
  unsigned char* buffers;
  u64 *full, *empty;

  __device__ void prepare() const {
    for (int i = 0; i < Count; i++) {
      bar_init(full + i, 1);
      bar_init(empty + i, CONSUMERS * Blocks);
    }
  }
  __device__ unsigned char* buffer(int use) const { return buffers + use % Count * Bytes; }
  // Waits until everybody has done with the buffer's last use, and announces what will come.
  __device__ u64* claim(int use) const {
    bar_wait(empty + use % Count, use / Count & 1 ^ 1);
    bar_expect(full + use % Count, Bytes);
    return full + use % Count;
  }
  __device__ void wait(int use) const { bar_wait(full + use % Count, use / Count & 1); }
  __device__ void release(int use) const {
    if constexpr (Blocks == 1) {
      if (threadIdx.x % GROUP == 0) bar_arrive(empty + use % Count);
    } else {  // a thread for each block
      if (threadIdx.x % GROUP < Blocks) bar_arrive_at(empty + use % Count, threadIdx.x % GROUP);
    }
  }
};
typedef Ring<IMAGES, IMAGE_BYTES, CLUSTER> Images;
typedef Ring<FILTERS, FILTER_BYTES, 1> Filters;

// Fills an image's buffer, from a place in memory on; in a cluster this block's part of the rows, in
// all blocks.
__device__ __forceinline__ void load_image(const Images& images, int use, const TensorMap& x, int channel,
                                           int column, int row) {
  if constexpr (CLUSTER == 1) {
    tma_load_3d(images.buffer(use), &x, images.claim(use), channel, column, row);
  } else {
    int part = int(cluster_rank());
    tma_load_3d_to(images.buffer(use) + part * (IMAGE_BYTES / CLUSTER), &x, images.claim(use), channel,
                   column, row + part * ((TILE_ROWS + 2) / CLUSTER), (1 << CLUSTER) - 1);
  }
}

// Steps go through slabs, column shifts and row shifts, the last fastest; three share an image.
__device__ __forceinline__ void produce(const TensorMap& x, const TensorMap& w, const Images& images,
                                        const Filters& filters, int first_row, int first_column,
                                        int first_filter, int steps) {
  for (int step = 0; step < steps; step++) {
    int slab = step / 9, column_shift = step / 3 % 3, row_shift = step % 3;
    if (row_shift == 0)
      load_image(images, step / 3, x, slab * SLAB, first_column + column_shift - 1, first_row - 1);
    tma_load_3d(filters.buffer(step), &w, filters.claim(step), slab * SLAB, first_filter,
                3 * row_shift + column_shift);
  }
}

__device__ __forceinline__ void multiply(float (&sums)[TILE_CHANNELS / 2], u64 a, u64 b) {
  if constexpr (mode == TF32)
    wgmma_tf32(sums, a, b);
  else
    wgmma_f16(sums, a, b);
}

// The loops are not unrolled: copies of the sums would make the products wait for one another.
__device__ __forceinline__ void consume(float (&sums)[PRODUCTS][TILE_CHANNELS / 2],
                                        const Images& images, const Filters& filters, int group,
                                        int steps) {
#pragma unroll 1
  for (int image = 0; image < steps / 3; image++) {
    images.wait(image);
#pragma unroll 1
    for (int row_shift = 0; row_shift < 3; row_shift++) {
      int step = 3 * image + row_shift, first_pixel = group * PRODUCTS * 64 + row_shift * TILE_COLUMNS;
      filters.wait(step);
      u64 a = operand(images.buffer(image) + first_pixel * ROW);
      u64 b = operand(filters.buffer(step));
      wgmma_begin();
#pragma unroll
      for (int k = 0; k < 4; k++)  // 32 bytes of each row, 2 units of the descriptor
#pragma unroll
        for (int m = 0; m < PRODUCTS; m++)
          multiply(sums[m], a + m * (64 * ROW / 16) + 2 * k, b + 2 * k);
      wgmma_commit();
      wgmma_wait<1>();  // the last step is done, this one goes on
      if (step > 0) filters.release(step - 1);
      if (image > 0 && row_shift == 0) images.release(image - 1);
    }
  }
  wgmma_wait<0>();
#pragma unroll
  for (int m = 0; m < PRODUCTS; m++) wgmma_results(sums[m]);
}

extern "C" __global__ void IN_CLUSTERS __launch_bounds__(THREADS, 1)
    conv_sm90(const __grid_constant__ TensorMap x, const __grid_constant__ TensorMap w,
              const float* bias, const STORED* add, const unsigned char* mask, STORED* out,
              unsigned char* positive, int height, int width, int channels_in, int channels_out,
              float scale, int steps) {
  DYNAMIC_SHARED(unsigned char, memory);
  u64* barriers = reinterpret_cast<u64*>(memory + IMAGES * IMAGE_BYTES + FILTERS * FILTER_BYTES);
  Images images = {memory, barriers, barriers + IMAGES};
  Filters filters = {memory + IMAGES * IMAGE_BYTES, barriers + 2 * IMAGES,
                     barriers + 2 * IMAGES + FILTERS};
  if (threadIdx.x == 0) {
    images.prepare();
    filters.prepare();
    bar_init_fence();
  }
  __syncthreads();
  if constexpr (CLUSTER > 1) {  // nobody copies to a block that is not ready
    cluster_arrive();
    cluster_wait();
  }
  int tiles_across = (width + TILE_COLUMNS - 1) / TILE_COLUMNS;
  int first_row = blockIdx.x / tiles_across * TILE_ROWS;
  int first_column = blockIdx.x % tiles_across * TILE_COLUMNS;
  int first_filter = blockIdx.y * TILE_CHANNELS, products = 9 * (channels_in / SLAB);

  if (threadIdx.x / GROUP == CONSUMERS) {
    registers_less<40>();
    if (threadIdx.x % GROUP == 0)
      produce(x, w, images, filters, first_row, first_column, first_filter, products);
    return;
  }
  registers_more<232>();
  int group = threadIdx.x / GROUP, warp = threadIdx.x % GROUP / 32, lane = threadIdx.x % 32;
  float sums[PRODUCTS][TILE_CHANNELS / 2] = {};
  consume(sums, images, filters, group, products);
  if constexpr (CLUSTER > 1) cluster_arrive();

#ifdef STEPS
  StripEpilogue<TILE_CHANNELS> epilogue = {add, mask, out, positive, channels_out, first_filter, scale};
  epilogue.load_bias(bias);
#else
  Epilogue epilogue = {bias, add, mask, out, positive, channels_out, scale, steps};
#endif
#pragma unroll
  for (int m = 0; m < PRODUCTS; m++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      int i = first_row + (group * PRODUCTS + m) * 4 + warp;
      int j = first_column + lane / 4 + 8 * half;
#ifdef STEPS
      epilogue.store(sums[m], half, (long long)i * width + j, i < height && j < width);
#else
#pragma unroll
      for (int n = 0; n < TILE_CHANNELS / 8; n++)
        epilogue.store_pair(sums[m][4 * n + 2 * half], sums[m][4 * n + 2 * half + 1],
                            (long long)i * width + j, first_filter + 8 * n + lane % 4 * 2,
                            i < height && j < width);
#endif
    }
  if constexpr (CLUSTER > 1) cluster_wait();  // the other still releases images of this block
}
