// What happens to a finished sum before it is stored.  `launch_conv` in launch.py tells the order.
#pragma once
#include "common.cuh"
#include "tensor_cores.cuh"
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
    return stored(y);
  }

  // Store the sums of two neighboring channels, as tensor cores leave them: four lanes hold the eight
  // channels whose signs make a byte.  All lanes of a warp must come here, `inside` or not.
  __device__ __forceinline__ void store_pair(float first, float second, long long pixel, int channel,
                                             bool inside) const {
    struct alignas(2 * sizeof(STORED)) Pair {
      STORED first, second;
    };
    unsigned bits = 0;
    if (inside) {
      Pair y = {finish(first, pixel, channel), finish(second, pixel, channel + 1)};
      *reinterpret_cast<Pair*>(out + pixel * channels + channel) = y;
      bits = (unsigned(real(y.first) > 0) | unsigned(real(y.second) > 0) << 1) << channel % 8;
    }
    if (!has(POSITIVE)) return;
    bits |= __shfl_xor_sync(~0u, bits, 1);
    bits |= __shfl_xor_sync(~0u, bits, 2);
    if (inside && channel % 8 == 0)
      positive[(pixel * channels + channel) / 8] = (unsigned char)bits;
  }

 private:
  static __device__ STORED stored(real y) {
#ifdef ROUND_TO_TF32  // for kernels that would cut the bits off instead
    return __uint_as_float(to_tf32(y));
#else
    return STORED(y);
#endif
  }
};
