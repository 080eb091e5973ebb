// Products of whole warpgroups: d (64 x N) += a (64 x 16) b (N x 16) transposed.
#pragma once

namespace cpu {

inline float operand_element(u64 operand, unsigned row, unsigned k) {
  std::size_t offset = (operand & 0x3fff) * 16 + row / 8 * 1024 + row % 8 * 128 + k * 2;
  std::uint16_t bits;
  std::memcpy(&bits, dynamic_shared() + swizzled(offset, 128), 2);
  return from_half_bits(bits);
}

// This thread's part: rows g and g + 8 of its warp's 16, and two columns in every eight.
inline void multiply(float* d, u64 a, u64 b, unsigned columns) {
  unsigned thread = current % 128, lane = thread % 32, row = thread / 32 * 16 + lane / 4;
  float left[2][16];
  for (unsigned k = 0; k < 16; k++) {
    left[0][k] = operand_element(a, row, k);
    left[1][k] = operand_element(a, row + 8, k);
  }
  for (unsigned j = 0; j < columns / 8; j++)
    for (unsigned c = 0; c < 2; c++)
      for (unsigned k = 0; k < 16; k++) {
        float right = operand_element(b, j * 8 + lane % 4 * 2 + c, k);
        d[j * 4 + c] += left[0][k] * right;
        d[j * 4 + 2 + c] += left[1][k] * right;
      }
}

struct Product {
  float* d;
  u64 a, b;
  unsigned columns;
};
struct Products {
  unsigned long block = 0;
  std::deque<std::vector<Product>> groups;
  std::vector<Product> open;
};
static Products products[1024];

inline Products& my_products() {
  Products& mine = products[current];
  if (mine.block != block_count) mine = {block_count, {}, {}};
  return mine;
}

}  // namespace cpu

inline void wgmma_begin() {}
inline void wgmma_commit() {
  cpu::Products& mine = cpu::my_products();
  mine.groups.push_back(std::move(mine.open));
  mine.open.clear();
}

template <int N>
void wgmma_f16(float (&d)[N / 2], u64 a, u64 b) {
  cpu::my_products().open.push_back({d, a, b, N});
}

// Waits until all groups but the last `Remaining` are done; only then may operands be overwritten.
template <int Remaining>
void wgmma_wait() {
  cpu::Products& mine = cpu::my_products();
  while (mine.groups.size() > Remaining) {
    for (const cpu::Product& p : mine.groups.front()) cpu::multiply(p.d, p.a, p.b, p.columns);
    mine.groups.pop_front();
  }
  cpu::meet_warpgroup();
}

template <int N>
void registers_less() {}
template <int N>
void registers_more() {}
