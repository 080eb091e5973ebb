// Scale, shift and order of a picture's three channels; the mathematics is in
// reference/preprocess.py.
#include "common.cuh"

struct ChannelMap {  // `preprocess.py` fills it
  double scale[3], offset[3];
  int order[3];
};

// One thread, one pixel.
// __grid_constant__ lets threads index the map where it arrives; they would copy it otherwise.
extern "C" __global__ void preprocess_forward(const real* x, real* y,
                                              const __grid_constant__ ChannelMap map,
                                              long long pixels) {
  long long i = thread_number();
  if (i >= pixels) return;
  for (int k = 0; k < 3; k++) {
    int channel = map.order[k];
    y[3 * i + k] = x[3 * i + channel] * real(map.scale[channel]) + real(map.offset[channel]);
  }
}

extern "C" __global__ void preprocess_backward(const real* grad_y, real* grad_x,
                                               const __grid_constant__ ChannelMap map,
                                               long long pixels) {
  long long i = thread_number();
  if (i >= pixels) return;
  // forward:  y[k] = x[order[k]] scale[order[k]] + offset[order[k]]
  // so:       dx[order[k]] = dy[k] scale[order[k]]
  for (int k = 0; k < 3; k++) {
    int channel = map.order[k];
    grad_x[3 * i + channel] = grad_y[3 * i + k] * real(map.scale[channel]);
  }
}
