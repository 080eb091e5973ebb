// Sum of squared differences; the mathematics is in reference/squared_error.py.
#include "sums.cuh"

extern "C" __global__ void __launch_bounds__(SUM_THREADS)
    squared_error_forward(const real* x, const real* target, double* parts, long long count) {
  sum_part(count, parts, [=](long long i) {
    double difference = wide(x[i]) - wide(target[i]);
    return difference * difference;
  });
}

// Adds to grad_x where `add` is 1.
extern "C" __global__ void squared_error_backward(const real* x, const real* target, real* grad_x,
                                                  double factor, int add, long long count) {
  long long i = thread_number();
  if (i >= count) return;
  // forward:  loss = sum((x - target)^2) / divisor
  // so:       dx = 2 (x - target) / divisor
  wide grad = (wide(x[i]) - wide(target[i])) * wide(factor);
  grad_x[i] = real(add ? wide(grad_x[i]) + grad : grad);
}
