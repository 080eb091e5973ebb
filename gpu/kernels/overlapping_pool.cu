// 3x3 average pooling with stride 2 and a border of one; the mathematics is in
// reference/overlapping_average_pool.py.
#include "common.cuh"

// How many pixels a window around (2 row, 2 column) has inside of the picture, or 9.
__device__ __forceinline__ int count_of(int row, int column, int height, int width,
                                        int count_padding) {
  if (count_padding) return 9;
  int rows = min(2 * row + 1, height - 1) - max(2 * row - 1, 0) + 1;
  int columns = min(2 * column + 1, width - 1) - max(2 * column - 1, 0) + 1;
  return rows * columns;
}

extern "C" __global__ void overlapping_average_pool_forward(const real* x, real* y, int height,
                                                            int width, int channels, int rows,
                                                            int columns, int count_padding) {
  long long i = thread_number();
  if (i >= static_cast<long long>(rows) * columns * channels) return;
  Place to = place_of(i, columns, channels);
  wide sum = 0;
  for (int r = max(2 * to.row - 1, 0); r <= min(2 * to.row + 1, height - 1); r++)
    for (int c = max(2 * to.column - 1, 0); c <= min(2 * to.column + 1, width - 1); c++)
      sum += wide(x[element_at(r, c, to.channel, width, channels)]);
  y[i] = real(sum / wide(count_of(to.row, to.column, height, width, count_padding)));
}

// Pixel n lies in the windows n / 2 (rounded down and up) along each axis: one or two of them.
extern "C" __global__ void overlapping_average_pool_backward(const real* grad_y, real* grad_x,
                                                             int height, int width, int channels,
                                                             int rows, int columns,
                                                             int count_padding) {
  long long i = thread_number();
  if (i >= static_cast<long long>(height) * width * channels) return;
  Place at = place_of(i, width, channels);
  wide sum = 0;
  // forward:  y[r, c] = sum(window) / count
  // so:       dx += dy[r, c] / count for every window that the pixel lies in
  for (int r = at.row / 2; r <= min((at.row + 1) / 2, rows - 1); r++)
    for (int c = at.column / 2; c <= min((at.column + 1) / 2, columns - 1); c++) {
      wide grad = grad_y[element_at(r, c, at.channel, columns, channels)];
      sum += grad / wide(count_of(r, c, height, width, count_padding));
    }
  grad_x[i] = real(sum);
}
