// Two more penalties on rough pictures; the mathematics is in reference/smoothness.py.
#include "sums.cuh"

__device__ __forceinline__ real squared(real d) { return d * d; }

// A pixel, or 0 outside of the picture.
__device__ __forceinline__ real or_zero(const real* x, int row, int column, int channel,
                                        int height, int width, int channels) {
  bool inside = row >= 0 && column >= 0 && row < height && column < width;
  return inside ? x[element_at(row, column, channel, width, channels)] : real(0);
}

// A pixel, or the outermost one that is next to it.
__device__ __forceinline__ real or_nearest(const real* x, int row, int column, int channel,
                                           int height, int width, int channels) {
  row = min(max(row, 0), height - 1);
  column = min(max(column, 0), width - 1);
  return x[element_at(row, column, channel, width, channels)];
}

// One thread takes the two pairs of a pixel with its left and its upper neighbor; pairs across the
// right and lower border belong to places just outside.
extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    laplacian_variation_forward(const real* x, double* parts, int height, int width,
                                int channels) {
  long long count = static_cast<long long>(height + 1) * (width + 1) * channels;
  sum_part(count, parts, [=](long long i) {
    Place p = place_of(i, width + 1, channels);
    auto at = [=](int row, int column) {
      return or_zero(x, row, column, p.channel, height, width, channels);
    };
    real here = at(p.row, p.column);
    return static_cast<double>(squared(here - at(p.row - 1, p.column)) +
                               squared(here - at(p.row, p.column - 1)));
  });
}

extern "C" __global__ void laplacian_variation_backward(const real* x, real* grad_x, int height,
                                                        int width, int channels, double factor,
                                                        int add) {
  long long i = thread_number();
  if (i >= static_cast<long long>(height) * width * channels) return;
  Place p = place_of(i, width, channels);
  auto at = [=](int row, int column) {
    return or_zero(x, row, column, p.channel, height, width, channels);
  };
  // forward:  loss = 1/16 sum of (x_p - x_q)^2 over pairs
  // so:       dx_p = (4 x_p - sum_q x_q) / 8
  real neighbors = at(p.row - 1, p.column) + at(p.row + 1, p.column) + at(p.row, p.column - 1) +
                   at(p.row, p.column + 1);
  real grad = (real(4) * x[i] - neighbors) * real(factor);
  grad_x[i] = add ? grad_x[i] + grad : grad;
}

// One thread takes a place of the bordered picture: both diagonals that end there, and the two
// straight differences that begin there.
extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    nine_point_variation_forward(const real* x, double* parts, int height, int width, int channels,
                                 double straight, double diagonal) {
  long long count = static_cast<long long>(height + 1) * (width + 1) * channels;
  sum_part(count, parts, [=](long long i) {
    Place p = place_of(i, width + 1, channels);
    auto at = [=](int row, int column) {
      return or_nearest(x, row, column, p.channel, height, width, channels);
    };
    real here = at(p.row, p.column), above = at(p.row - 1, p.column);
    double sum = diagonal * (squared(here - at(p.row - 1, p.column - 1)) +
                             squared(at(p.row, p.column - 1) - above));
    if (p.row < height && p.column < width)
      sum += straight * (squared(at(p.row, p.column + 1) - here) +
                         squared(at(p.row + 1, p.column) - here));
    return sum;
  });
}

// An outermost pixel stands for the border beside it too, and gathers for every place it fills.
extern "C" __global__ void nine_point_variation_backward(const real* x, real* grad_x, int height,
                                                         int width, int channels, double straight,
                                                         double diagonal, int add) {
  long long i = thread_number();
  if (i >= static_cast<long long>(height) * width * channels) return;
  Place p = place_of(i, width, channels);
  auto at = [=](int row, int column) {
    return or_nearest(x, row, column, p.channel, height, width, channels);
  };
  real here = x[i], rough = 0, crossed = 0;
  // forward:  loss += weight (second - first)^2
  // so:       each of the two gets 2 weight (itself - the other)
  rough = (here - at(p.row - 1, p.column)) + (here - at(p.row + 1, p.column)) +
          (here - at(p.row, p.column - 1)) + (here - at(p.row, p.column + 1));
  int first_row = p.row == 0 ? -1 : p.row, last_row = p.row == height - 1 ? height : p.row;
  int first = p.column == 0 ? -1 : p.column, last = p.column == width - 1 ? width : p.column;
  for (int row = first_row; row <= last_row; row++)
    for (int column = first; column <= last; column++)
      for (int corner = 0; corner < 4; corner++) {
        int r = row + (corner / 2 ? 1 : -1), c = column + (corner % 2 ? 1 : -1);
        if (r >= -1 && r <= height && c >= -1 && c <= width) crossed += here - at(r, c);
      }
  real grad = rough * real(2 * straight) + crossed * real(2 * diagonal);
  grad_x[i] = add ? grad_x[i] + grad : grad;
}
