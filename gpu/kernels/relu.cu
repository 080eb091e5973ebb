// ReLU on any number of elements; the mathematics is in reference/relu.py.
#include "common.cuh"

// NaN stays NaN: no comparison with it is true.
extern "C" __global__ void relu_forward(const real* x, real* y, long long count) {
  long long i = thread_number();
  if (i < count) y[i] = wide(x[i]) < wide(0) ? real(0) : x[i];
}

extern "C" __global__ void relu_backward(const real* grad_y, const real* y, real* grad_x,
                                         long long count) {
  long long i = thread_number();
  // forward:  y = max(x, 0)
  // so:       dx = dy where y > 0
  if (i < count) grad_x[i] = wide(y[i]) > wide(0) ? grad_y[i] : real(0);
}
