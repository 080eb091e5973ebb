// One step of Adam, one thread a number of the picture.  See optimizers/adam.py for the formula.
#include "common.cuh"

// low and high hold the bounds of R, G, B; x is (H, W, 3), flat.
extern "C" __global__ void adam(real* x, const real* gradient, real* mean, real* mean_square,
                                double beta1, double beta2, double rate, double root,
                                double epsilon, const double* low, const double* high,
                                long long n) {
  long long i = thread_number();
  if (i >= n) return;
  double g = gradient[i];
  double m = beta1 * (double)mean[i] + (1 - beta1) * g;
  double v = beta2 * (double)mean_square[i] + (1 - beta2) * g * g;
  mean[i] = real(m);
  mean_square[i] = real(v);
  double denominator = sqrt(v) / root + epsilon;
  double moved = (double)x[i] - (denominator > 0 ? rate * m / denominator : 0);
  x[i] = real(fmin(fmax(moved, low[i % 3]), high[i % 3]));
}
