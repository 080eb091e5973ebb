// 2x2 pooling as in `pool.cu` and `masks.cu`, 16 bytes at a time.
//
// A thread takes a run of channels of one window.  Backward it reads the window's gradient once, and
// writes all of its pixels; where ReLU bits are given (`masks`), 0 where a number did not pass.  Windows
// that an edge drops get zeros.  blockIdx.y is the row of windows: no index within it needs 64 bits.
#include "runs.cuh"

constexpr int LENGTH = 16 / sizeof(real);
typedef Run<real, LENGTH> Channels;
typedef Run<unsigned char, LENGTH> Winners;  // as in `masks.cu`
enum { NONE = 4 };

// A window, its pixels that exist, and the first of a thread's channels.
struct Spot {
  int row, column, channel, down, across;

  __device__ Spot(int height, int width, int channels) {
    unsigned runs = channels / LENGTH, thread = blockIdx.x * blockDim.x + threadIdx.x;
    row = blockIdx.y;
    column = thread / runs;
    channel = thread % runs * LENGTH;
    down = min(2, height - 2 * row);
    across = min(2, width - 2 * column);
  }
  __device__ bool has(int pixel) const { return pixel / 2 < down && pixel % 2 < across; }
  // Of one pixel in an average.
  __device__ wide share() const { return wide(down == 2 ? 0.5 : 1) * wide(across == 2 ? 0.5 : 1); }
};

struct Corners {
  Channels pixel[4];  // 0 where there is none

  __device__ Corners(const real* x, const Spot& at, int width, int channels) : pixel() {
    const real* first = x + element_at(2 * at.row, 2 * at.column, at.channel, width, channels);
#pragma unroll
    for (int i = 0; i < 4; i++)
      if (at.has(i)) pixel[i] = load_run<Channels>(first + (i / 2 * width + i % 2) * channels);
  }
};

// Writes grad_x at the pixels of a window: value(pixel, channel), where the ReLU let it pass.
template <class Value>
__device__ __forceinline__ void store_corners(real* grad_x, const unsigned char* positive, const Spot& at,
                                              int width, int channels, int masks, Value value) {
  long long first = element_at(2 * at.row, 2 * at.column, at.channel, width, channels);
  unsigned bits[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    long long element = first + (i / 2 * width + i % 2) * channels;
    bits[i] = masks && at.has(i) ? positive[element / 8] >> element % 8 : ~0u;
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    Channels result;
#pragma unroll
    for (int k = 0; k < LENGTH; k++) result.value[k] = bits[i] >> k & 1 ? value(i, k) : real(0);
    if (at.has(i)) store_run(grad_x + first + (i / 2 * width + i % 2) * channels, result);
  }
}

extern "C" __global__ void average_pool_runs_forward(const real* x, real* y, int height, int width,
                                                     int channels, int rows, int columns) {
  Spot at(height, width, channels);
  if (at.column >= columns) return;
  Corners corners(x, at, width, channels);
  Channels result;
#pragma unroll
  for (int k = 0; k < LENGTH; k++) {
    wide sum = 0;
#pragma unroll
    for (int i = 0; i < 4; i++) sum += wide(corners.pixel[i].value[k]);
    result.value[k] = real(sum * at.share());
  }
  store_run(y + element_at(at.row, at.column, at.channel, columns, channels), result);
}

extern "C" __global__ void average_pool_runs_backward(const real* grad_y, const unsigned char* positive,
                                                      real* grad_x, int height, int width, int channels,
                                                      int rows, int columns, int masks) {
  Spot at(height, width, channels);
  if (2 * at.column >= width) return;
  Channels grad = {};
  if (at.row < rows && at.column < columns)
    grad = load_run<Channels>(grad_y + element_at(at.row, at.column, at.channel, columns, channels));
  // forward:  y = sum(corners) / count
  // so:       each corner gets dy / count
  store_corners(grad_x, positive, at, width, channels, masks,
                [&](int, int k) { return real(wide(grad.value[k]) * at.share()); });
}

extern "C" __global__ void max_pool_runs_with_winners(const real* x, real* y, unsigned char* winners,
                                                      int height, int width, int channels, int rows,
                                                      int columns) {
  Spot at(height, width, channels);
  if (at.column >= columns) return;
  Corners corners(x, at, width, channels);
  Channels best = corners.pixel[0];
  Winners winner = {};
#pragma unroll
  for (int k = 0; k < LENGTH; k++) {
    if (wide(best.value[k]) != wide(best.value[k])) winner.value[k] = NONE;
#pragma unroll
    for (int i = 1; i < 4; i++) {
      wide value = corners.pixel[i].value[k];
      bool is_nan = value != value;
      if (winner.value[k] == NONE || !at.has(i) || !(is_nan || value > wide(best.value[k]))) continue;
      best.value[k] = corners.pixel[i].value[k];
      winner.value[k] = is_nan ? NONE : i;
    }
  }
  long long element = element_at(at.row, at.column, at.channel, columns, channels);
  store_run(y + element, best);
  store_run(winners + element, winner);
}

extern "C" __global__ void unpool_runs_to_winners(const real* grad_y, const unsigned char* winners,
                                                  const unsigned char* positive, real* grad_x, int height,
                                                  int width, int channels, int rows, int columns,
                                                  int masks) {
  Spot at(height, width, channels);
  if (2 * at.column >= width) return;
  Channels grad = {};
  Winners winner = {};
  if (at.row < rows && at.column < columns) {
    long long element = element_at(at.row, at.column, at.channel, columns, channels);
    grad = load_run<Channels>(grad_y + element);
    winner = load_run<Winners>(winners + element);
  }
  // forward:  y = max(corners)
  // so:       the first corner that equals y gets dy, the others nothing
  store_corners(grad_x, positive, at, width, channels, masks,
                [&](int i, int k) { return winner.value[k] == i ? grad.value[k] : real(0); });
}
