// 16-bit floats in software: exact, the same on every processor.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}
inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}
inline int __float_as_int(float value) { return int(__float_as_uint(value)); }
inline float __int_as_float(int bits) { return __uint_as_float(unsigned(bits)); }

struct alignas(2) __half {
  std::uint16_t bits;
  __half() = default;
  __half(float value);
  operator float() const;
};
struct alignas(4) __half2 {
  __half x, y;
};

namespace cpu {

// Adding 2^13 units in the last place and half of one rounds to nearest, ties to even.
inline std::uint16_t to_half_bits(float value) {
  unsigned bits = __float_as_uint(value), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  if (size > 0x7f800000) return std::uint16_t(sign | 0x7fff);   // NaN
  if (size >= 0x477ff000) return std::uint16_t(sign | 0x7c00);  // rounds to infinity
  if (size < 0x38800000)  // below 2^-14: a multiple of 2^-24, rounded by the addition
    return std::uint16_t(sign | (__float_as_uint(__uint_as_float(size) + 0.5f) - 0x3f000000));
  unsigned odd = size >> 13 & 1;
  return std::uint16_t(sign | (size - 0x38000000 + 0xfff + odd) >> 13);
}

inline float from_half_bits(std::uint16_t half) {
  unsigned sign = (half & 0x8000u) << 16, size = half & 0x7fffu;
  if (size >= 0x7c00) return __uint_as_float(sign | 0x7f800000 | (size & 0x3ff) << 13);
  float value = __uint_as_float(size << 13) * 0x1p112f;  // the exponents' biases differ by 112
  return __uint_as_float(sign | __float_as_uint(value));
}

}  // namespace cpu

inline __half::__half(float value) : bits(cpu::to_half_bits(value)) {}
inline __half::operator float() const { return cpu::from_half_bits(bits); }
inline float __half2float(__half value) { return float(value); }
inline __half __float2half(float value) { return __half(value); }
inline __half __float2half_rn(float value) { return __half(value); }
inline float __low2float(__half2 pair) { return float(pair.x); }
inline float __high2float(__half2 pair) { return float(pair.y); }
inline __half2 __floats2half2_rn(float x, float y) { return {__half(x), __half(y)}; }
inline __half2 __halves2half2(__half x, __half y) { return {x, y}; }
inline float2 __half22float2(__half2 pair) { return {float(pair.x), float(pair.y)}; }
