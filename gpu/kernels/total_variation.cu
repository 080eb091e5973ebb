// Three penalties on differences between neighbors; the mathematics is in
// reference/total_variation.py.  Backward, one thread gathers for one pixel what the differences
// to its right and left, below and above send it.
#include "sums.cuh"

struct Picture {
  const real* x;
  int height, width, channels;

  __device__ __forceinline__ real at(int row, int column, int channel) const {
    return x[element_at(row, column, channel, width, channels)];
  }
  __device__ __forceinline__ long long count() const {
    return static_cast<long long>(height) * width * channels;
  }
  // Forward differences; 0 where there is no neighbor.
  __device__ __forceinline__ real across(Place p) const {
    if (p.column < 0 || p.column + 1 >= width) return real(0);
    return at(p.row, p.column + 1, p.channel) - at(p.row, p.column, p.channel);
  }
  __device__ __forceinline__ real down(Place p) const {
    if (p.row < 0 || p.row + 1 >= height) return real(0);
    return at(p.row + 1, p.column, p.channel) - at(p.row, p.column, p.channel);
  }
};

struct Absolute {
  __device__ static real value(real d) { return d < real(0) ? -d : d; }
  __device__ static real slope(real d) { return real((d > real(0)) - (d < real(0))); }
};
struct Square {
  __device__ static real value(real d) { return d * d; }
  __device__ static real slope(real d) { return real(2) * d; }
};

// loss = sum value(dx) share_across + sum value(dy) share_down
template <class Penalty>
__device__ __forceinline__ void sum_differences(Picture picture, double* parts,
                                                double share_across, double share_down) {
  sum_part(picture.count(), parts, [=](long long i) {
    Place p = place_of(i, picture.width, picture.channels);
    return share_across * Penalty::value(picture.across(p)) +
           share_down * Penalty::value(picture.down(p));
  });
}

template <class Penalty>
__device__ __forceinline__ void add_slopes(Picture picture, real* grad_x, double share_across,
                                           double share_down, int add) {
  long long i = thread_number();
  if (i >= picture.count()) return;
  Place p = place_of(i, picture.width, picture.channels);
  Place left = {p.row, p.column - 1, p.channel}, above = {p.row - 1, p.column, p.channel};
  // forward:  dx = x[:, 1:] - x[:, :-1]
  // so:       dx goes to the right pixel with +, to the left one with -
  real across = Penalty::slope(picture.across(left)) - Penalty::slope(picture.across(p));
  real down = Penalty::slope(picture.down(above)) - Penalty::slope(picture.down(p));
  real grad = across * real(share_across) + down * real(share_down);
  grad_x[i] = add ? grad_x[i] + grad : grad;
}

extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    absolute_variation_forward(const real* x, double* parts, int height, int width, int channels,
                               double share_across, double share_down) {
  sum_differences<Absolute>({x, height, width, channels}, parts, share_across, share_down);
}

extern "C" __global__ void absolute_variation_backward(const real* x, real* grad_x, int height,
                                                       int width, int channels,
                                                       double share_across, double share_down,
                                                       int add) {
  add_slopes<Absolute>({x, height, width, channels}, grad_x, share_across, share_down, add);
}

extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    squared_variation_forward(const real* x, double* parts, int height, int width, int channels,
                              double share_across, double share_down) {
  sum_differences<Square>({x, height, width, channels}, parts, share_across, share_down);
}

extern "C" __global__ void squared_variation_backward(const real* x, real* grad_x, int height,
                                                      int width, int channels,
                                                      double share_across, double share_down,
                                                      int add) {
  add_slopes<Square>({x, height, width, channels}, grad_x, share_across, share_down, add);
}

// dx and dy at one pixel and e = dx^2 + dy^2 + epsilon, where both neighbors exist, or with wrap.
struct Pair {
  real across, down, e;
  bool exists;
};
__device__ __forceinline__ Pair pair_at(const Picture& picture, Place p, real epsilon, int wrap) {
  int right = p.column + 1, below = p.row + 1;
  if (wrap) {
    right = right == picture.width ? 0 : right;
    below = below == picture.height ? 0 : below;
  }
  bool exists = p.row >= 0 && p.column >= 0 && right < picture.width && below < picture.height;
  if (!exists) return {real(0), real(0), real(0), false};
  real here = picture.at(p.row, p.column, p.channel);
  real across = picture.at(p.row, right, p.channel) - here;
  real down = picture.at(below, p.column, p.channel) - here;
  return {across, down, across * across + down * down + epsilon, true};
}

extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    power_variation_forward(const real* x, double* parts, int height, int width, int channels,
                            double exponent, double epsilon, int wrap) {
  Picture picture = {x, height, width, channels};
  sum_part(picture.count(), parts, [=](long long i) {
    Pair pair = pair_at(picture, place_of(i, width, channels), real(epsilon), wrap);
    return pair.exists ? static_cast<double>(pow(pair.e, real(exponent))) : 0.0;
  });
}

// b e^(b - 1) 2, the factor of dx and dy; 0 where the picture is flat.
__device__ __forceinline__ real slope_of(Pair pair, double exponent, double share) {
  if (!pair.exists || !(pair.e > real(0))) return real(0);
  return pow(pair.e, real(exponent - 1)) * real(2 * exponent * share);
}

extern "C" __global__ void power_variation_backward(const real* x, real* grad_x, int height,
                                                    int width, int channels, double exponent,
                                                    double epsilon, int wrap, double share,
                                                    int add) {
  Picture picture = {x, height, width, channels};
  long long i = thread_number();
  if (i >= picture.count()) return;
  Place p = place_of(i, width, channels);
  Place left = {p.row, p.column - 1, p.channel}, above = {p.row - 1, p.column, p.channel};
  if (wrap && p.column == 0) left.column = width - 1;
  if (wrap && p.row == 0) above.row = height - 1;
  Pair here = pair_at(picture, p, real(epsilon), wrap);
  Pair from_left = pair_at(picture, left, real(epsilon), wrap);
  Pair from_above = pair_at(picture, above, real(epsilon), wrap);
  // forward:  loss = sum e^b   with  e = dx^2 + dy^2 + epsilon
  // so:       ddx = b e^(b - 1) 2 dx, ddy = b e^(b - 1) 2 dy
  real grad = from_left.across * slope_of(from_left, exponent, share) +
              from_above.down * slope_of(from_above, exponent, share) -
              (here.across + here.down) * slope_of(here, exponent, share);
  grad_x[i] = add ? grad_x[i] + grad : grad;
}
