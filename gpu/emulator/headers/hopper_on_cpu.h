// TMA, mbarrier and wgmma of sm_90, as `hopper.cuh` names them.  Products happen as late as
// a GPU may do them, when somebody waits for them; copies then or at once, as those of sm_80.
#pragma once
#include "tensor_cores_on_cpu.h"

typedef unsigned long long u64;

// What `emulator/tensor_map.py` writes in place of a CUtensorMap, of the same size.
struct alignas(64) TensorMap {
  char* base;
  std::int64_t lengths[5], strides[4];  // innermost first; strides in bytes, from the second on
  std::int32_t box[5], element, rank, swizzle, rounded;
  char rest[12];
};
static_assert(sizeof(TensorMap) == 128, "a CUtensorMap has 128 bytes");

namespace cpu {

struct Barrier {
  std::int32_t bytes_expected;
  std::int16_t arrivals_missing;
  std::uint8_t arrivals, phase;
};
static_assert(sizeof(Barrier) == 8, "an mbarrier has 8 bytes");

inline Barrier& barrier(u64* address) { return *reinterpret_cast<Barrier*>(address); }

inline void settle(Barrier& b) {
  if (b.arrivals_missing != 0 || b.bytes_expected != 0) return;
  b.phase ^= 1;
  b.arrivals_missing = b.arrivals;
}

struct TileLoad {
  char* to;
  TensorMap map;
  u64* barrier;
  int start[5];
};
static std::vector<TileLoad> loads;
static unsigned long loads_block;

// Within 1024 bytes, the 16-byte column of a 128-byte row is XORed with the row's number.
inline std::size_t swizzled(std::size_t offset, int swizzle) {
  return swizzle == 128 ? offset ^ (offset >> 7 & 7) << 4 : offset;
}

// A float32 as TF32: to nearest.  How a device rounds ties, no manual says.
inline void write_rounded(char* to, const char* from) {
  float value;
  std::memcpy(&value, from, sizeof(float));
  unsigned rounded = to_tf32(value);
  std::memcpy(to, &rounded, sizeof(float));
}

inline void load_tile(const TileLoad& load) {
  const TensorMap& map = load.map;
  std::size_t first = std::size_t(load.to - dynamic_shared()), count = 1;
  for (int d = 0; d < map.rank; d++) count *= std::size_t(map.box[d]);
  for (std::size_t i = 0; i < count; i++) {
    std::size_t rest = i, offset = 0;
    bool inside = true;
    for (int d = 0; d < map.rank; d++) {
      std::int64_t at = load.start[d] + std::int64_t(rest % std::size_t(map.box[d]));
      rest /= std::size_t(map.box[d]);
      inside &= at >= 0 && at < map.lengths[d];
      offset += std::size_t(at * (d ? map.strides[d - 1] : map.element));
    }
    std::size_t element = std::size_t(map.element);
    char* to = dynamic_shared() + swizzled(first + i * element, map.swizzle);
    if (!inside)
      std::memset(to, 0, element);  // what lies outside reads as zero
    else if (map.rounded)
      write_rounded(to, map.base + offset);
    else
      std::memcpy(to, map.base + offset, element);
  }
  Barrier& b = barrier(load.barrier);
  b.bytes_expected -= std::int32_t(count * std::size_t(map.element));
  settle(b);
}

inline void load_tiles_of(u64* address) {
  std::vector<TileLoad> waiting;
  if (loads_block == block_count)
    for (const TileLoad& load : loads) {
      if (load.barrier == address)
        load_tile(load);
      else
        waiting.push_back(load);
    }
  loads.swap(waiting);
}

// The 128 threads of a warpgroup, which must meet at every wgmma wait.
struct Group {
  unsigned long block;
  unsigned present, meetings;
};
static Group groups[8];

inline void meet_warpgroup() {
  Group& group = groups[current / 128];
  if (group.block != block_count) group = {block_count, 0, 0};
  unsigned meeting = group.meetings;
  if (++group.present == 128) {
    group.present = 0;
    group.meetings++;
  }
  while (group.meetings == meeting) wait(State::READY);
}

}  // namespace cpu

inline void bar_init(u64* b, int arrivals) {
  cpu::barrier(b) = {0, std::int16_t(arrivals), std::uint8_t(arrivals), 0};
}
inline void bar_init_fence() {}
inline void bar_arrive(u64* b) {
  cpu::barrier(b).arrivals_missing--;
  cpu::settle(cpu::barrier(b));
}
inline void bar_expect(u64* b, unsigned bytes) {
  cpu::barrier(b).bytes_expected += int(bytes);
  bar_arrive(b);
}
inline void bar_wait(u64* b, unsigned phase) {
  while ((cpu::barrier(b).phase & 1) == (phase & 1)) {
    cpu::load_tiles_of(b);
    if ((cpu::barrier(b).phase & 1) == (phase & 1)) cpu::wait(cpu::State::READY);
  }
}

inline void tma_load_3d(void* to, const TensorMap* map, u64* b, int c0, int c1, int c2) {
  if ((static_cast<char*>(to) - cpu::dynamic_shared()) % 128 != 0)
    cpu::fail("loads a tile to shared memory that is not a multiple of 128 bytes from its start");
  if (cpu::loads_block != cpu::block_count) cpu::loads.clear();
  cpu::loads_block = cpu::block_count;
  cpu::TileLoad load = {static_cast<char*>(to), *map, b, {c0, c1, c2}};
  if (cpu::happens_at_once())
    cpu::load_tile(load);
  else
    cpu::loads.push_back(load);
}

// Describes an operand in shared memory: rows of 128 bytes (64 float16), 128-byte swizzle.
inline u64 operand(const void* p) {
  return u64(static_cast<const char*>(p) - cpu::dynamic_shared()) >> 4;
}

#include "wgmma_on_cpu.h"
