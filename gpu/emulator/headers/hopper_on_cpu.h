// TMA, mbarrier and wgmma of sm_90, as `hopper.cuh` names them.  Products happen as late as
// a GPU may do them, when somebody waits for them; copies then or at once, as those of sm_80.
// What blocks of a cluster send one another is in `cluster_on_cpu.h`.
#pragma once
#include "under_way.h"

namespace cpu {

// The 128 threads of a warpgroup, which must meet at every wgmma wait.
struct Group {
  unsigned long cluster;
  unsigned present, meetings;
};
static Group groups[8];

inline void meet_warpgroup() {
  Group& group = groups[current / 128];
  if (group.cluster != cluster_count) group = {cluster_count, 0, 0};
  unsigned meeting = group.meetings;
  if (++group.present == 128) {
    group.present = 0;
    group.meetings++;
  }
  while (group.meetings == meeting) wait(State::READY);
}

}  // namespace cpu

inline void bar_init(u64* b, int arrivals) { cpu::prepare(b, arrivals); }
inline void bar_init_fence() { cpu::fence_barriers(); }
inline void bar_arrive(u64* b) {
  cpu::check_prepared(cpu::barrier(b));
  cpu::barrier(b).arrivals_missing--;
  cpu::settle(cpu::barrier(b));
}
inline void bar_expect(u64* b, unsigned bytes) {
  cpu::check_prepared(cpu::barrier(b));
  cpu::barrier(b).bytes_expected += int(bytes);
  bar_arrive(b);
}
// What is under way to the barrier comes piece by piece, and no more of it than is waited for.
inline void bar_wait(u64* b, unsigned phase) {
  cpu::check_prepared(cpu::barrier(b));
  auto to_this = [b](const cpu::Message& message) { return message.barrier == b; };
  while ((cpu::barrier(b).phase & 1) == (phase & 1))
    if (!cpu::deliver_one(to_this)) cpu::wait(cpu::State::READY);
}

namespace cpu {

inline void send_tile(void* to, const TensorMap* map, u64* b, int c0, int c1, int c2, Block& block) {
  char* there = same_place(to, tile_bytes(*map), block);
  if ((there - block.dynamic_start()) % 128 != 0)
    fail("loads a tile to shared memory that is not a multiple of 128 bytes from its start");
  send({same_barrier(b, block), inside, &block, current, true, {there, *map, {c0, c1, c2}}});
}

}  // namespace cpu

inline void tma_load_3d(void* to, const TensorMap* map, u64* b, int c0, int c1, int c2) {
  cpu::send_tile(to, map, b, c0, c1, c2, *cpu::inside);
}

// Describes an operand in shared memory: rows of 128 bytes (64 float16), 128-byte swizzle.
inline u64 operand(const void* p) {
  return u64(static_cast<const char*>(p) - cpu::dynamic_shared()) >> 4;
}

#include "wgmma_on_cpu.h"
#include "cluster_on_cpu.h"
