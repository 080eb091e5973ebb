// 2x2 pooling with stride 2; the mathematics is in reference/max_pool.py and average_pool.py.
//
// Forward, one thread makes one element of y from a window of x.  Backward, one thread makes one
// element of grad_x: it looks up the window that its pixel lies in.  So no two threads write to
// one place, and nothing depends on their order.
#include "common.cuh"

// The pixels of one window that exist: at a right or lower edge there may be fewer than four.
struct Window {
  int row, column, rows, columns;
};
__device__ __forceinline__ Window window_at(int row, int column, int height, int width) {
  return {2 * row, 2 * column, min(2, height - 2 * row), min(2, width - 2 * column)};
}

struct Winner {
  wide value;
  int number;  // of the pixel within its window, in reading order
};

// The first of the largest.  A NaN wins over every number, and loses as the place: it equals
// nothing, itself included, so its gradient goes nowhere, as in the reference.
__device__ __forceinline__ Winner winner_of(const real* x, Window window, int channel, int width,
                                            int channels) {
  Winner winner = {wide(0), -1};
  for (int i = 0; i < window.rows; i++)
    for (int j = 0; j < window.columns; j++) {
      wide value = x[element_at(window.row + i, window.column + j, channel, width, channels)];
      if (winner.number == -1 || value > winner.value) winner = {value, 2 * i + j};
      if (value != value) winner = {value, 4};
      if (winner.number == 4) return winner;
    }
  return winner;
}

extern "C" __global__ void max_pool_forward(const real* x, real* y, int height, int width,
                                            int channels, int rows, int columns) {
  long long i = thread_number();
  if (i >= static_cast<long long>(rows) * columns * channels) return;
  Place to = place_of(i, columns, channels);
  Window window = window_at(to.row, to.column, height, width);
  y[i] = real(winner_of(x, window, to.channel, width, channels).value);
}

extern "C" __global__ void max_pool_backward(const real* grad_y, const real* x, real* grad_x,
                                             int height, int width, int channels, int rows,
                                             int columns) {
  long long i = thread_number();
  if (i >= static_cast<long long>(height) * width * channels) return;
  Place at = place_of(i, width, channels);
  int row = at.row / 2, column = at.column / 2, number = at.row % 2 * 2 + at.column % 2;
  grad_x[i] = real(0);  // also in a row or column that was dropped
  if (row >= rows || column >= columns) return;
  Window window = window_at(row, column, height, width);
  // forward:  y = max(corners)
  // so:       the first corner that equals y gets dy, the others nothing
  if (winner_of(x, window, at.channel, width, channels).number == number)
    grad_x[i] = grad_y[element_at(row, column, at.channel, columns, channels)];
}

extern "C" __global__ void average_pool_forward(const real* x, real* y, int height, int width,
                                                int channels, int rows, int columns) {
  long long i = thread_number();
  if (i >= static_cast<long long>(rows) * columns * channels) return;
  Place to = place_of(i, columns, channels);
  Window window = window_at(to.row, to.column, height, width);
  wide sum = 0;
  for (int r = 0; r < window.rows; r++)
    for (int c = 0; c < window.columns; c++)
      sum += wide(x[element_at(window.row + r, window.column + c, to.channel, width, channels)]);
  y[i] = real(sum / wide(window.rows * window.columns));
}

extern "C" __global__ void average_pool_backward(const real* grad_y, real* grad_x, int height,
                                                 int width, int channels, int rows, int columns) {
  long long i = thread_number();
  if (i >= static_cast<long long>(height) * width * channels) return;
  Place at = place_of(i, width, channels);
  int row = at.row / 2, column = at.column / 2;
  grad_x[i] = real(0);  // also in a row or column that was dropped
  if (row >= rows || column >= columns) return;
  Window window = window_at(row, column, height, width);
  // forward:  y = sum(corners) / count
  // so:       each corner gets dy / count
  wide grad = grad_y[element_at(row, column, at.channel, columns, channels)];
  grad_x[i] = real(grad / wide(window.rows * window.columns));
}
