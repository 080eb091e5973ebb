// The steps of `conv_epilogue.cuh` for a strip: all channels of a tile at one pixel, as four lanes of a
// warp hold them.  STEPS, a sum of Step, is known when the kernel is compiled, so what is not asked for
// is not there; all loads of a strip come before its first store, and so wait for one another once; bits
// come and go as one word for the whole strip.
//
// Products leave a lane two neighboring channels of each eight.  With STRIP_RUN 4, lanes exchange pairs
// before anything else: an even one has four channels of the first of two eights then, an odd one four of
// the second.  What it loads and stores at once is twice as wide, and float16 fills whole sectors.
#pragma once
#include "conv_epilogue.cuh"
#include "runs.cuh"

#ifndef STRIP_RUN
#define STRIP_RUN 2
#endif

// One bit for each channel of a strip.
template <int Channels>
struct alignas(Channels / 8) StripBits {
  unsigned words[Channels / 32];

  // From a channel on that the compiler knows, so that words are registers, and so many more.
  __device__ __forceinline__ unsigned get(int known, int more) const {
    return words[known / 32] >> (known % 32 + more);
  }
  __device__ __forceinline__ void set(int known, int more, unsigned bits) {
    words[known / 32] |= bits << (known % 32 + more);
  }
};

template <int Channels, int RUN = STRIP_RUN>
struct StripEpilogue {
  static_assert(RUN == 2 || RUN == 4, "a pair as it is, or two joined");
  static constexpr int STEP = 4 * RUN, RUNS = Channels / STEP;  // channels of four lanes; runs of each
  static __device__ constexpr bool has(Step step) { return STEPS & step; }
  typedef Run<STORED, RUN> Stored;
  typedef Run<float, RUN> Sums;

  const STORED* add;
  const unsigned char* mask;
  STORED* out;
  unsigned char* positive;
  int channels, first;  // of the result; the tile's first
  float scale;
  Sums bias[RUNS];

  // The same for all strips of a tile.
  __device__ __forceinline__ void load_bias(const float* from) {
    if constexpr (has(BIAS)) {
#pragma unroll
      for (int n = 0; n < RUNS; n++) bias[n] = load_run<Sums>(from + first + STEP * n + place());
    }
  }

  // Finish the sums of a pixel; all lanes of a warp must come here, `inside` or not.
  __device__ __forceinline__ void store(const float (&sums)[Channels / 2], int half, long long pixel,
                                        bool inside) const {
    Stored added[RUNS] = {};
    StripBits<Channels> kept = {}, positives = {};
    long long element = pixel * channels + first;
    if (inside) {
#pragma unroll
      for (int n = 0; n < RUNS; n++)
        if constexpr (has(ADD)) added[n] = load_run<Stored>(add + element + STEP * n + place());
      if constexpr (has(MASK)) kept = load_run<StripBits<Channels>>(mask + element / 8);
    }
#pragma unroll
    for (int n = 0; n < RUNS; n++) {
      Sums run = run_of(sums, half, n);
      unsigned passes = kept.get(STEP * n, place()), bits = 0;
      Stored y;
#pragma unroll
      for (int k = 0; k < RUN; k++) {
        y.value[k] = finish(run.value[k], bias[n].value[k], added[n].value[k], passes >> k & 1);
        bits |= unsigned(float(y.value[k]) > 0) << k;
      }
      if (inside) store_run(out + element + STEP * n + place(), y);
      positives.set(STEP * n, place(), bits);
    }
    if constexpr (has(POSITIVE)) store_positives(positives, element, inside);
  }

 private:
  static __device__ __forceinline__ int quarter() { return threadIdx.x % 4; }

  // The first channel of a lane's run, among those of four lanes.
  static __device__ __forceinline__ int place() {
    return RUN == 2 ? 2 * quarter() : quarter() % 2 * 8 + quarter() / 2 * 4;
  }

  // Its sums, which another lane may have.
  static __device__ __forceinline__ Sums run_of(const float (&sums)[Channels / 2], int half, int n) {
    if constexpr (RUN == 2) {
      return {sums[4 * n + 2 * half], sums[4 * n + 2 * half + 1]};
    } else {
      const float *even = sums + 8 * n + 2 * half, *odd = even + 4;  // pairs of two eights
      bool is_odd = quarter() % 2;
      float first = __shfl_xor_sync(~0u, is_odd ? even[0] : odd[0], 1);
      float second = __shfl_xor_sync(~0u, is_odd ? even[1] : odd[1], 1);
      if (is_odd) return {first, second, odd[0], odd[1]};
      return {even[0], even[1], first, second};
    }
  }

  // In the order of `Epilogue::finish`.
  __device__ __forceinline__ STORED finish(float sum, float bias, STORED added, unsigned kept) const {
    float y = scale * sum;
    if constexpr (has(BIAS)) y += bias;
    if constexpr (has(ADD)) y += float(added);
    if constexpr (has(RELU)) y = y < 0 ? 0 : y;  // a NaN stays one
    if constexpr (has(MASK)) y = kept ? y : 0;
#ifdef ROUND_TO_TF32
    return __uint_as_float(to_tf32(y));
#else
    return STORED(y);
#endif
  }

  // Join the bits of four lanes.
  __device__ __forceinline__ void store_positives(StripBits<Channels> bits, long long element,
                                                  bool inside) const {
#pragma unroll
    for (unsigned& word : bits.words) {
      word |= __shfl_xor_sync(~0u, word, 1);
      word |= __shfl_xor_sync(~0u, word, 2);
    }
    if (inside && quarter() == 0) store_run(positive + element / 8, bits);
  }
};
