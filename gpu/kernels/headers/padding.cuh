// What a convolution sees beyond its input: zeros or, with -DREPEAT_EDGE, the outermost pixels once more.
#pragma once
#include "common.cuh"

// Whether there is something to see at (i, j), which then become where that lies.
__device__ __forceinline__ bool is_seen(int& i, int& j, int height, int width) {
#ifdef REPEAT_EDGE
  i = min(max(i, 0), height - 1);
  j = min(max(j, 0), width - 1);
  return true;
#else
  return i >= 0 && i < height && j >= 0 && j < width;
#endif
}
