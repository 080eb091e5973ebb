// 3x3 convolution, first rung: the loops of reference/naive.py, with a thread for each output.
//
// Nothing is shared: each of the 9 C products of an output reads both of its factors from memory.
#include "common.cuh"

// y[i, j, k] = b[k] + sum_abc x[i + a - 1, j + b - 1, c] w[a, b, c, k]
extern "C" __global__ void conv_forward_naive(const real* x, const real* w, const real* bias, real* y,
                                              int height, int width, int channels_in,
                                              int channels_out) {
  long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  int k = index % channels_out, j = index / channels_out % width, i = index / channels_out / width;
  if (i >= height) return;
  real sum = bias[k];
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      int row = i + a - 1, column = j + b - 1;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      const real* pixel = x + ((long long)row * width + column) * channels_in;
      for (int c = 0; c < channels_in; c++)
        sum += pixel[c] * w[((a * 3 + b) * channels_in + c) * channels_out + k];
    }
  y[index] = sum;
}

// The loops of naive.py give a product's gradient to both of its factors: they scatter.  Two threads
// would add to one number.  So each thread gathers instead what belongs to one element of the result.

// x[row, column] met w[a, b] in y[row + 1 - a, column + 1 - b]
extern "C" __global__ void conv_backward_input_naive(const real* grad_y, const real* w, real* grad_x,
                                                     int height, int width, int channels_in,
                                                     int channels_out) {
  long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  int c = index % channels_in, column = index / channels_in % width,
      row = index / channels_in / width;
  if (row >= height) return;
  real sum = 0;
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      int i = row + 1 - a, j = column + 1 - b;
      if (i < 0 || i >= height || j < 0 || j >= width) continue;
      const real* pixel = grad_y + ((long long)i * width + j) * channels_out;
      for (int k = 0; k < channels_out; k++)
        sum += pixel[k] * w[((a * 3 + b) * channels_in + c) * channels_out + k];
    }
  grad_x[index] = sum;
}

// w[a, b, c, k] met x[i + a - 1, j + b - 1, c] in y[i, j, k], at every position
extern "C" __global__ void conv_backward_weights_naive(const real* grad_y, const real* x, real* grad_w,
                                                       int height, int width, int channels_in,
                                                       int channels_out) {
  int index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= 9 * channels_in * channels_out) return;
  int k = index % channels_out, c = index / channels_out % channels_in,
      tap = index / channels_out / channels_in;
  real sum = 0;
  for (int i = 0; i < height; i++)
    for (int j = 0; j < width; j++) {
      int row = i + tap / 3 - 1, column = j + tap % 3 - 1;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      sum += grad_y[((long long)i * width + j) * channels_out + k] *
             x[((long long)row * width + column) * channels_in + c];
    }
  grad_w[index] = sum;
}
