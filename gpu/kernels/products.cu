// The matrix products around the Gram matrix, in tiles of 64 x 64: x^T y, summed over positions (Gram
// matrix, gradient of filters), and x R (gradient through the Gram matrix).
//
// MODE is EXACT (multiplications in REAL) or TF32 (tensor cores, operands rounded to 11 bits, which is
// exact for float16).  LOADED is the type of features, STORED that of a gradient of features.
#include "common.cuh"
#include "tensor_cores.cuh"
#ifndef CUDA_ON_CPU
#include <cuda_fp16.h>
#endif

#ifndef LOADED
#define LOADED REAL
#endif
#ifndef STORED
#define STORED LOADED
#endif

enum Mode { EXACT, TF32 };
constexpr Mode mode = MODE;
constexpr int TILE = 64, SLAB = 32, THREADS = 64;
constexpr int AREA = TILE * TILE;
// Strides in shared memory that let a warp read a fragment of a tensor core without bank conflicts.
constexpr int ALONG_ROWS = TILE + 8, ALONG_SLAB = SLAB + 4;

template <class T, int N>
struct alignas(N * sizeof(T)) Run {
  T value[N];
};

// What is multiplied: rounded once, on its way to shared memory.
__device__ __forceinline__ real factor(real value) {
  if constexpr (mode == TF32)
    return __uint_as_float(to_tf32(value));
  else
    return value;
}

// Four neighbors of a row that has `length` elements; zeros beyond its end or if `inside` is false.
template <class T>
__device__ __forceinline__ Run<real, 4> load_four(const T* row, int at, int length, bool inside) {
  Run<real, 4> result = {};
  if (!inside) return result;
  if (length % 4 == 0 && at < length) {
    Run<T, 4> four = *reinterpret_cast<const Run<T, 4>*>(row + at);
#pragma unroll
    for (int e = 0; e < 4; e++) result.value[e] = factor(real(four.value[e]));
  } else {
#pragma unroll
    for (int e = 0; e < 4; e++)
      if (at + e < length) result.value[e] = factor(real(row[at + e]));
  }
  return result;
}

// A thread's part of a tile of sums, a[i, k] b[k, j] over a slab of k.  b lies in rows of j; element
// [i, k] of a lies at i * ROW + k * COLUMN.
struct ExactSums {
  real sums[8][8] = {};

  // Rows, and columns, are two runs of four: 4 i and 32 + 4 i.
  static __device__ __forceinline__ int place(int run, int e) {
    return e / 4 * 32 + run * 4 + e % 4;
  }

  template <int ROW, int COLUMN>
  __device__ __forceinline__ void add_slab(const real* a, const real* b) {
    int i = threadIdx.x / 8, j = threadIdx.x % 8;
#pragma unroll 2
    for (int k = 0; k < SLAB; k++) {
      real left[8];
#pragma unroll
      for (int e = 0; e < 8; e++) left[e] = a[place(i, e) * ROW + k * COLUMN];
      Run<real, 4> right[2] = {
          *reinterpret_cast<const Run<real, 4>*>(b + k * ALONG_ROWS + place(j, 0)),
          *reinterpret_cast<const Run<real, 4>*>(b + k * ALONG_ROWS + place(j, 4))};
#pragma unroll
      for (int p = 0; p < 8; p++)
#pragma unroll
        for (int q = 0; q < 8; q++) sums[p][q] += left[p] * right[q / 4].value[q % 4];
    }
  }

  // Calls f(row, first column, run of sums).
  template <class F>
  __device__ __forceinline__ void for_each_run(F f) const {
    int i = threadIdx.x / 8, j = threadIdx.x % 8;
#pragma unroll
    for (int p = 0; p < 8; p++)
#pragma unroll
      for (int half = 0; half < 2; half++)
        f(place(i, p), place(j, 4 * half),
          Run<real, 4>{sums[p][4 * half], sums[p][4 * half + 1], sums[p][4 * half + 2],
                       sums[p][4 * half + 3]});
  }
};

// The same by tensor cores: a warp has 32 rows of the 64.
struct TensorSums {
  float sums[2][8][4] = {};

  template <int ROW, int COLUMN>
  __device__ __forceinline__ void add_slab(const float* a, const float* b) {
    int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4, first = threadIdx.x / 32 * 32;
#pragma unroll
    for (int k = 0; k < SLAB; k += 8) {
      unsigned left[2][4];
#pragma unroll
      for (int m = 0; m < 2; m++)
#pragma unroll
        for (int e = 0; e < 4; e++)
          left[m][e] = __float_as_uint(
              a[(first + 16 * m + g + e % 2 * 8) * ROW + (k + t + e / 2 * 4) * COLUMN]);
#pragma unroll
      for (int n = 0; n < 8; n++) {
        const unsigned right[2] = {__float_as_uint(b[(k + t) * ALONG_ROWS + 8 * n + g]),
                                   __float_as_uint(b[(k + t + 4) * ALONG_ROWS + 8 * n + g])};
#pragma unroll
        for (int m = 0; m < 2; m++) mma_m16n8k8_tf32(sums[m][n], left[m], right);
      }
    }
  }

  template <class F>
  __device__ __forceinline__ void for_each_run(F f) const {
    int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4, first = threadIdx.x / 32 * 32;
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
      for (int n = 0; n < 8; n++)
#pragma unroll
        for (int half = 0; half < 2; half++)
          f(first + 16 * m + g + 8 * half, 8 * n + 2 * t,
            Run<real, 2>{sums[m][n][2 * half], sums[m][n][2 * half + 1]});
  }
};

template <Mode>
struct SumsOf {
  typedef ExactSums type;
};
template <>
struct SumsOf<TF32> {
  typedef TensorSums type;
};
typedef SumsOf<mode>::type Sums;

__shared__ Run<real, 4> left_memory[TILE * ALONG_SLAB / 4];  // or SLAB * ALONG_ROWS, which is as much
__shared__ Run<real, 4> right_memory[SLAB * ALONG_ROWS / 4];
static_assert(TILE * ALONG_SLAB == SLAB * ALONG_ROWS, "one size for both");

// The tiles of a product: all of them, or of a symmetric one those on and above the diagonal.
struct TileOf {
  int row, column;

  __device__ TileOf(int number, int across, bool symmetric) {
    row = symmetric ? 0 : number / across;
    column = symmetric ? number : number % across;
    if (symmetric)
      for (int length = across; column >= length; length--) {
        column -= length;
        row++;
      }
    if (symmetric) column += row;
  }
};

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

// Adds the parts up, always in the same order: eight sums of every eighth part, then those, in double.
// A block has 32 elements; threadIdx.y tells which of the eight.
extern "C" __global__ void __launch_bounds__(256)
    sum_parts(const real* partial, real* out, int rows, int columns, int tiles, int parts, real scale,
              int symmetric) {
  __shared__ double eighths[8][32];
  int number = blockIdx.x * 32 + threadIdx.x;
  double sum = 0;
  for (int part = threadIdx.y; part < parts; part += 8)
    sum += double(partial[(long long)part * tiles * AREA + number]);
  eighths[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0) return;
  for (int part = 1; part < 8; part++) sum += eighths[part][threadIdx.x];
  TileOf tile(number / AREA, (columns + TILE - 1) / TILE, symmetric);
  int i = tile.row * TILE + number % AREA / TILE, j = tile.column * TILE + number % TILE;
  if (i >= rows || j >= columns || (symmetric && i > j)) return;
  out[(long long)i * columns + j] = real(sum * double(scale));
  if (symmetric) out[(long long)j * columns + i] = real(sum * double(scale));
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
