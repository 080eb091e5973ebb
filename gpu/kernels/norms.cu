// Sums over a whole array that the engine needs, and a division by one of them.
#include "sums.cuh"

extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    absolute_sum(const real* x, double* parts, long long count) {
  sum_part(count, parts, [=](long long i) { return fabs(static_cast<double>(wide(x[i]))); });
}

extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    square_sum(const real* x, double* parts, long long count) {
  sum_part(count, parts, [=](long long i) {
    double value = wide(x[i]);
    return value * value;
  });
}

// out = factor * x / (*total + epsilon), or added to out; nothing where the divisor is 0.
extern "C" __global__ void divide_by_total(const real* x, const double* total, real* out,
                                           double factor, double epsilon, int add,
                                           long long count) {
  long long i = thread_number();
  if (i >= count) return;
  double divisor = *total + epsilon;
  double share = divisor > 0 ? factor / divisor * static_cast<double>(wide(x[i])) : 0;
  out[i] = real(wide(add ? static_cast<double>(wide(out[i])) + share : share));
}
