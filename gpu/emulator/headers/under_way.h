// What is under way to a block's shared memory, and to the barriers that count it: copies of TMA, and
// arrivals of other blocks.
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

// Shared memory begins as poison, so a barrier that nobody has prepared is known.
inline void check_prepared(const Barrier& b) {
  if (b.arrivals == POISON && b.phase == POISON) fail("uses an mbarrier before it is prepared");
}

// An mbarrier that a thread has prepared, and not yet shown to others by a fence.
struct Unfenced {
  unsigned long cluster;
  unsigned thread;
  u64* barrier;
};
static std::vector<Unfenced> unfenced;

// Removes those of the running thread, and what is left of earlier clusters.
inline void fence_barriers() {
  auto is_done = [](const Unfenced& each) {
    return each.cluster != cluster_count || each.thread == current;
  };
  unfenced.erase(std::remove_if(unfenced.begin(), unfenced.end(), is_done), unfenced.end());
}

inline void prepare(u64* b, int arrivals) {
  barrier(b) = {0, std::int16_t(arrivals), std::uint8_t(arrivals), 0};
  unfenced.push_back({cluster_count, current, b});
}

inline void check_fenced(u64* b) {
  for (const Unfenced& each : unfenced)
    if (each.cluster == cluster_count && each.barrier == b)
      fail("sends to an mbarrier that no fence has shown to others");
}

inline void settle(Barrier& b) {
  if (b.arrivals_missing != 0 || b.bytes_expected != 0) return;
  b.phase ^= 1;
  b.arrivals_missing = b.arrivals;
}

// The same place in another block; `bytes` from here on must lie in dynamic shared memory.
inline char* same_place(const void* here, std::size_t bytes, Block& block) {
  std::ptrdiff_t place = static_cast<const char*>(here) - dynamic_shared();
  if (place < 0 || std::size_t(place) + bytes > dynamic_shared_bytes)
    fail("sends something to what is not in dynamic shared memory");
  return block.dynamic_start() + place;
}

inline u64* same_barrier(u64* here, Block& block) {
  return reinterpret_cast<u64*>(same_place(here, sizeof(Barrier), block));
}

// A box that TMA copies to a block's shared memory.
struct TileLoad {
  char* to;
  TensorMap map;
  int start[5];
};

// What is under way to a barrier: a copy's bytes, or an arrival from another block, without bytes.
struct Message {
  u64* barrier;
  Block *from, *to;
  unsigned thread;  // who sent it
  bool copies;
  TileLoad load;
};
static std::vector<Message> under_way;
static unsigned long under_way_cluster;

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

inline std::size_t tile_bytes(const TensorMap& map) {
  std::size_t bytes = std::size_t(map.element);
  for (int d = 0; d < map.rank; d++) bytes *= std::size_t(map.box[d]);
  return bytes;
}

inline void load_tile(const TileLoad& load, char* memory) {
  const TensorMap& map = load.map;
  std::size_t first = std::size_t(load.to - memory), element = std::size_t(map.element);
  std::size_t count = tile_bytes(map) / element;
  for (std::size_t i = 0; i < count; i++) {
    std::size_t rest = i, offset = 0;
    bool is_within = true;
    for (int d = 0; d < map.rank; d++) {
      std::int64_t at = load.start[d] + std::int64_t(rest % std::size_t(map.box[d]));
      rest /= std::size_t(map.box[d]);
      is_within &= at >= 0 && at < map.lengths[d];
      offset += std::size_t(at * (d ? map.strides[d - 1] : map.element));
    }
    char* to = memory + swizzled(first + i * element, map.swizzle);
    if (!is_within)
      std::memset(to, 0, element);  // what lies outside reads as zero
    else if (map.rounded)
      write_rounded(to, map.base + offset);
    else
      std::memcpy(to, map.base + offset, element);
  }
}

bool products_read(const Block& block, std::size_t first, std::size_t end);  // `wgmma_on_cpu.h`

inline void deliver_copy(const TileLoad& load, Block& to, Barrier& b) {
  std::size_t first = std::size_t(load.to - to.dynamic_start()), bytes = tile_bytes(load.map);
  load_tile(load, to.dynamic_start());
  if (products_read(to, first, first + bytes))
    report("block (%u, %u, %u): a copy arrives where products still read", to.index.x, to.index.y,
           to.index.z);
  b.bytes_expected -= std::int32_t(bytes);
}

inline void deliver(const Message& message) {
  Barrier& b = barrier(message.barrier);
  if (message.copies)
    deliver_copy(message.load, *message.to, b);
  else
    b.arrivals_missing--;
  settle(b);
}

inline void send(const Message& message) {
  if (message.to->running == 0) fail("sends something to a block of its cluster that has ended");
  check_prepared(barrier(message.barrier));
  check_fenced(message.barrier);
  if (under_way_cluster != cluster_count) under_way.clear();
  under_way_cluster = cluster_count;
  if (happens_at_once())
    deliver(message);
  else
    under_way.push_back(message);
}

// Delivers the first message that `wanted` is true of; false if there is none.
template <class Wanted>
bool deliver_one(Wanted wanted) {
  if (under_way_cluster != cluster_count) return false;
  auto found = std::find_if(under_way.begin(), under_way.end(), wanted);
  if (found == under_way.end()) return false;
  Message message = *found;
  under_way.erase(found);
  deliver(message);
  return true;
}

// A block's shared memory is nobody's once it has ended: no copy may come then, not its own either.
inline void check_what_comes_to(const Block& ended) {
  if (under_way_cluster != cluster_count) return;
  for (const Message& message : under_way)
    if (message.to == &ended && (message.copies || message.from != &ended)) {
      const dim3 &to = ended.index, &from = message.from->index;
      report("block (%u, %u, %u) ends while %s of block (%u, %u, %u) is under way to it", to.x,
             to.y, to.z, message.copies ? "a copy" : "an arrival", from.x, from.y, from.z);
    }
}

}  // namespace cpu
