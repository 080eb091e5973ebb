// What happens to a finished sum before it is stored.  `launch_conv` in conv_launch.py tells the order.
#pragma once
#include "common.cuh"
#ifndef CUDA_ON_CPU
#include <cuda_fp16.h>
#endif

#ifndef STORED  // the type of the result in memory; sums are of type real
#define STORED real
#endif

enum Step { BIAS = 1, ADD = 2, RELU = 4, POSITIVE = 8, MASK = 16 };

struct Epilogue {
  const real* bias;
  const STORED* add;
  const unsigned char* mask;
  STORED* out;
  unsigned char* positive;
  int channels;
  real scale;
  int steps;  // a sum of Step

  __device__ bool has(Step step) const { return steps & step; }

  // Turn the sum of one channel at one pixel into the value to store.
  __device__ STORED finish(real sum, long long pixel, int channel) const {
    long long index = pixel * channels + channel;
    real y = scale * sum;
    if (has(BIAS)) y += bias[channel];
    if (has(ADD)) y += real(add[index]);
    if (has(RELU)) y = y < real(0) ? real(0) : y;  // a NaN stays one
    if (has(MASK)) y = mask[index / 8] >> index % 8 & 1 ? y : real(0);
    return STORED(y);
  }
};
