// The steps of `conv_epilogue.cuh` for a strip: all channels of a tile at one pixel, as four lanes of a
// warp hold them.  STEPS, a sum of Step, is known when the kernel is compiled, so what is not asked for
// is not there; all loads of a strip come before its first store, and so wait for one another once; bits
// come and go as one word for the whole strip.
#pragma once
#include "conv_epilogue.cuh"

struct alignas(2 * sizeof(STORED)) StoredPair {
  STORED first, second;
};
struct alignas(8) RealPair {
  float first, second;
};

// One bit for each channel of a strip.
template <int Channels>
struct alignas(Channels / 8) StripBits {
  unsigned words[Channels / 32];

  // Of the pair in eight channels that a lane holds.
  __device__ __forceinline__ unsigned pair(int octet, int lane) const {
    return words[octet / 4] >> (8 * (octet % 4) + 2 * lane) & 3;
  }
  __device__ __forceinline__ void set_pair(int octet, int lane, unsigned bits) {
    words[octet / 4] |= bits << (8 * (octet % 4) + 2 * lane);
  }
};

template <int Channels>
struct StripEpilogue {
  static constexpr int OCTETS = Channels / 8;  // a lane holds two channels of each
  static __device__ constexpr bool has(Step step) { return STEPS & step; }

  const STORED* add;
  const unsigned char* mask;
  STORED* out;
  unsigned char* positive;
  int channels, first;  // of the result; the tile's first
  float scale;
  RealPair bias[OCTETS];

  // The same for all strips of a tile.
  __device__ __forceinline__ void load_bias(const float* from) {
    if constexpr (has(BIAS)) {
#pragma unroll
      for (int n = 0; n < OCTETS; n++)
        bias[n] = *reinterpret_cast<const RealPair*>(from + first + 8 * n + 2 * quarter());
    }
  }

  // Finish the sums of a pixel; all lanes of a warp must come here, `inside` or not.
  __device__ __forceinline__ void store(const float (&sums)[Channels / 2], int half, long long pixel,
                                        bool inside) const {
    StoredPair added[OCTETS] = {};
    StripBits<Channels> kept = {}, positives = {};
    long long element = pixel * channels + first;
    if (inside) {
#pragma unroll
      for (int n = 0; n < OCTETS; n++)
        if constexpr (has(ADD))
          added[n] = *reinterpret_cast<const StoredPair*>(add + element + 8 * n + 2 * quarter());
      if constexpr (has(MASK))
        kept = *reinterpret_cast<const StripBits<Channels>*>(mask + element / 8);
    }
#pragma unroll
    for (int n = 0; n < OCTETS; n++) {
      unsigned bits = kept.pair(n, quarter());
      StoredPair y = {
          finish(sums[4 * n + 2 * half], bias[n].first, added[n].first, bits & 1),
          finish(sums[4 * n + 2 * half + 1], bias[n].second, added[n].second, bits >> 1)};
      if (inside) *reinterpret_cast<StoredPair*>(out + element + 8 * n + 2 * quarter()) = y;
      positives.set_pair(n, quarter(), unsigned(float(y.first) > 0) | unsigned(float(y.second) > 0) << 1);
    }
    if constexpr (has(POSITIVE)) store_positives(positives, element, inside);
  }

 private:
  static __device__ __forceinline__ int quarter() { return threadIdx.x % 4; }

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
    if (inside && quarter() == 0)
      *reinterpret_cast<StripBits<Channels>*>(positive + element / 8) = bits;
  }
};
