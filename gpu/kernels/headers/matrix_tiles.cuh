// A tile of 64 x 64 sums of products, and how 64 threads compute it: in plain multiplications of REAL
// (EXACT) or by tensor cores (TF32: operands rounded to 11 bits, which is exact for float16).
#pragma once
#include "runs.cuh"
#include "tensor_cores.cuh"

enum Mode { EXACT, TF32 };
constexpr Mode mode = MODE;
constexpr int TILE = 64, SLAB = 32, THREADS = 64;
constexpr int AREA = TILE * TILE;
// Strides in shared memory that let a warp read a fragment of a tensor core without bank conflicts.
constexpr int ALONG_ROWS = TILE + 8, ALONG_SLAB = SLAB + 4;

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
