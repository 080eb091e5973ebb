// Products of whole warpgroups: d (64 x N) += a (64 x K) b (N x K) transposed, with
// 32 bytes of each row: 16 float16 or 8 floats.
#pragma once

namespace cpu {

// The bits of an element, `bytes` wide.
inline unsigned operand_bits(u64 operand, unsigned row, unsigned k, unsigned bytes) {
  std::size_t offset = (operand & 0x3fff) * 16 + row / 8 * 1024 + row % 8 * 128 + k * bytes;
  unsigned bits = 0;
  std::memcpy(&bits, dynamic_shared() + swizzled(offset, 128), bytes);
  return bits;
}

struct HalfElement {
  static constexpr unsigned DEPTH = 16;
  static float read(u64 operand, unsigned row, unsigned k) {
    return from_half_bits(std::uint16_t(operand_bits(operand, row, k, 2)));
  }
};

struct Tf32Element {  // the lower 13 bits of a float are cut off, not rounded
  static constexpr unsigned DEPTH = 8;
  static float read(u64 operand, unsigned row, unsigned k) {
    return __uint_as_float(operand_bits(operand, row, k, 4) & 0xffffe000u);
  }
};

// This thread's part: rows g and g + 8 of its warp's 16, and two columns in every eight.
template <class Element>
void multiply(float* d, u64 a, u64 b, unsigned columns) {
  constexpr unsigned DEPTH = Element::DEPTH;
  unsigned thread = current % 128, lane = thread % 32, row = thread / 32 * 16 + lane / 4;
  float left[2][DEPTH];
  for (unsigned k = 0; k < DEPTH; k++) {
    left[0][k] = Element::read(a, row, k);
    left[1][k] = Element::read(a, row + 8, k);
  }
  for (unsigned j = 0; j < columns / 8; j++)
    for (unsigned c = 0; c < 2; c++)
      for (unsigned k = 0; k < DEPTH; k++) {
        float right = Element::read(b, j * 8 + lane % 4 * 2 + c, k);
        d[j * 4 + c] += left[0][k] * right;
        d[j * 4 + 2 + c] += left[1][k] * right;
      }
}

struct Product {
  void (*multiply)(float* d, u64 a, u64 b, unsigned columns);
  float* d;
  u64 a, b;
  unsigned columns;
};
struct Products {
  unsigned long cluster = 0;
  std::deque<std::vector<Product>> groups;
  std::vector<Product> open;
};
static Products products[1024];

inline Products& my_products() {
  Products& mine = products[current];
  if (mine.cluster != cluster_count) mine = {cluster_count, {}, {}};
  return mine;
}

// Whether an operand, in rows of 128 bytes, has bytes between two places.
inline bool lies_between(u64 operand, unsigned rows, std::size_t first, std::size_t end) {
  std::size_t start = (operand & 0x3fff) * 16 / 128 * 128;
  return start < end && first < start + rows * 128;
}

inline bool any_reads(const std::vector<Product>& some, std::size_t first, std::size_t end) {
  for (const Product& p : some)
    if (lies_between(p.a, 64, first, end) || lies_between(p.b, p.columns, first, end)) return true;
  return false;
}

// Whether there are products for which a block's threads have not waited, with operands in between.
inline bool products_read(const Block& block, std::size_t first, std::size_t end) {
  for (unsigned i = block.rank * stride; i < block.rank * stride + threads_of_block(); i++) {
    if (products[i].cluster != cluster_count) continue;
    if (any_reads(products[i].open, first, end)) return true;
    for (const auto& group : products[i].groups)
      if (any_reads(group, first, end)) return true;
  }
  return false;
}

}  // namespace cpu

inline void wgmma_begin() {}
inline void wgmma_commit() {
  cpu::Products& mine = cpu::my_products();
  mine.groups.push_back(std::move(mine.open));
  mine.open.clear();
}

template <int Registers>
void wgmma_f16(float (&d)[Registers], u64 a, u64 b) {
  cpu::my_products().open.push_back({cpu::multiply<cpu::HalfElement>, d, a, b, 2 * Registers});
}

template <int Registers>
void wgmma_tf32(float (&d)[Registers], u64 a, u64 b) {
  cpu::my_products().open.push_back({cpu::multiply<cpu::Tf32Element>, d, a, b, 2 * Registers});
}

// Waits until all groups but the last `Remaining` are done; only then may operands be overwritten.
template <int Remaining>
void wgmma_wait() {
  cpu::Products& mine = cpu::my_products();
  while (mine.groups.size() > Remaining) {
    for (const cpu::Product& p : mine.groups.front()) p.multiply(p.d, p.a, p.b, p.columns);
    mine.groups.pop_front();
  }
  cpu::meet_warpgroup();
}

template <int Registers>
void wgmma_results(float (&)[Registers]) {}

template <int N>
void registers_less() {}
template <int N>
void registers_more() {}
