// Tensor cores and asynchronous copies of sm_80, as `tensor_cores.cuh` names them.
//
// Fragments lie in registers as the PTX manual draws them ("Matrix Fragments for mma.m16n8k8",
// "... m16n8k16"): lane 4 g + t holds elements of row g and of columns around 2 t.
#pragma once
#include <deque>

#include "warps.h"

inline unsigned to_tf32(float value) {  // rounds to 10 bits, ties away from zero
  return (__float_as_uint(value) + 0x1000u) & 0xffffe000u;
}

// d (16 x 8) += a (16 x 8) b (8 x 8); every lane holds 4, 4 and 2 of their elements.
inline void mma_m16n8k8_tf32(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  const unsigned mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
  auto all = cpu::show(~0u, mine, "mma_m16n8k8_tf32", 0);
  unsigned g = cpu::lane() / 4, t = cpu::lane() % 4;
  for (unsigned k = 0; k < 8; k++)
    for (unsigned i = 0; i < 4; i++) {
      unsigned lower = i / 2, right = k / 4, column = 2 * t + i % 2;
      float left = __uint_as_float(all[4 * g + k % 4][2 * right + lower]);
      d[i] += left * __uint_as_float(all[4 * column + k % 4][4 + right]);
    }
}

namespace cpu {
inline float half_of(unsigned pair, unsigned which) {
  return from_half_bits(std::uint16_t(pair >> 16 * which));
}
}  // namespace cpu

// d (16 x 8) += a (16 x 16) b (16 x 8), float16 factors, two in a register.
inline void mma_m16n8k16_f16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  const unsigned mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
  auto all = cpu::show(~0u, mine, "mma_m16n8k16_f16", 0);
  unsigned g = cpu::lane() / 4, t = cpu::lane() % 4;
  for (unsigned k = 0; k < 16; k++)
    for (unsigned i = 0; i < 4; i++) {
      unsigned lower = i / 2, right = k / 8, holder = k % 8 / 2, column = 2 * t + i % 2;
      float left = cpu::half_of(all[4 * g + holder][2 * right + lower], k % 2);
      d[i] += left * cpu::half_of(all[4 * column + holder][4 + right], k % 2);
    }
}

// Four 8 x 8 matrices of 16-bit elements: lane i gives the address of row i % 8 of matrix i / 8.
inline void load_matrix_x4(unsigned (&r)[4], const void* row) {
  unsigned mine[4];
  std::memcpy(mine, row, sizeof mine);
  auto rows = cpu::show(~0u, mine, "load_matrix_x4", 0);
  for (unsigned i = 0; i < 4; i++) r[i] = rows[8 * i + cpu::lane() / 4][cpu::lane() % 4];
}

inline void load_matrix_x4_transposed(unsigned (&r)[4], const void* row) {
  std::uint16_t mine[8];
  std::memcpy(mine, row, sizeof mine);
  auto rows = cpu::show(~0u, mine, "load_matrix_x4_transposed", 0);
  for (unsigned i = 0; i < 4; i++) {
    unsigned first = 8 * i + cpu::lane() % 4 * 2, column = cpu::lane() / 4;
    r[i] = rows[first][column] | unsigned(rows[first + 1][column]) << 16;
  }
}

// Asynchronous copies happen here as late as a GPU may do them, when a thread waits for them: whoever
// reads without waiting, or for too few groups, finds poison.  In shuffled schedules some happen as
// early as they may, at once: whoever still reads what lay there before finds something else.
namespace cpu {

inline bool happens_at_once() { return random_state != 0 && random_below(2) == 0; }

struct Copy {
  void* to;
  const void* from;
  unsigned bytes;  // read; the rest of the 16 is filled with zeros
};
struct Copies {
  unsigned long cluster = 0;
  std::deque<std::vector<Copy>> groups;
  std::vector<Copy> open;  // not yet committed
};
static Copies copies[1024];

inline Copies& my_copies() {
  Copies& mine = copies[current];
  if (mine.cluster != cluster_count) mine = {cluster_count, {}, {}};
  return mine;
}

inline void perform(const std::vector<Copy>& group) {
  for (const Copy& copy : group) {
    std::memset(copy.to, 0, 16);
    if (copy.bytes) std::memcpy(copy.to, copy.from, copy.bytes);
  }
}

}  // namespace cpu

// 16 bytes from global to shared memory; zeros where `inside` is false.
inline void copy_async_16(void* to, const void* from, bool inside = true) {
  bool aligned = reinterpret_cast<std::uintptr_t>(to) % 16 == 0 &&
                 (!inside || reinterpret_cast<std::uintptr_t>(from) % 16 == 0);
  if (!aligned) cpu::fail("copies 16 bytes asynchronously that do not lie on a multiple of 16");
  cpu::Copy copy = {to, from, inside ? 16u : 0u};
  if (cpu::happens_at_once())
    cpu::perform({copy});
  else
    cpu::my_copies().open.push_back(copy);
}

inline void copy_async_commit() {
  cpu::Copies& mine = cpu::my_copies();
  mine.groups.push_back(std::move(mine.open));
  mine.open.clear();
}

// Waits until all groups but the last `Remaining` have arrived.
template <int Remaining>
void copy_async_wait() {
  cpu::Copies& mine = cpu::my_copies();
  while (mine.groups.size() > Remaining) {
    cpu::perform(mine.groups.front());
    mine.groups.pop_front();
  }
}
