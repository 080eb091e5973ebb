// Who waits for whom: threads of a block, lanes of a warp, blocks of a cluster.
#pragma once
#include <algorithm>

#include "shared_memory.h"

namespace cpu {

static unsigned cluster_waits;  // threads that wait at the cluster's barrier
static unsigned stride;  // from a block's first thread to the next one's, in whole warpgroups

inline unsigned threads_of_block() { return blockDim.x * blockDim.y * blockDim.z; }

inline void report_stuck(const Thread& waiting, const char* why) {
  const dim3& block = cluster[waiting.rank].index;
  report("block (%u, %u, %u): thread (%u, %u, %u) waits at %s:%d %s", block.x, block.y, block.z,
         waiting.index.x, waiting.index.y, waiting.index.z, file_name(waiting.file), waiting.line,
         why);
}

// Everybody waits at a block's barrier: the same one?
inline bool open_block_barrier(Thread* first, Thread* end) {
  for (Thread* thread = first; thread != end; thread++)
    if (thread->state != State::AT_BLOCK_BARRIER) return false;
  for (Thread* thread = first; thread != end; thread++) {
    thread->state = State::READY;
    if (thread->line != first->line || std::strcmp(thread->file, first->file) != 0)
      report_stuck(*thread, "while others wait at another barrier");
  }
  return true;
}

inline bool open_block_barriers() {
  bool opened = false;
  for (const Block& block : cluster) {
    Thread* first = threads.data() + block.rank * stride;
    opened |= open_block_barrier(first, first + threads_of_block());
  }
  return opened;
}

// Lets those go on for whose arrival all have waited that have not ended.
inline bool open_cluster_barrier() {
  unsigned least = ~0u;
  bool opened = false;
  if (cluster_waits == 0) return false;
  for (const Thread& thread : threads)
    if (thread.state != State::ENDED) least = std::min(least, thread.arrivals);
  for (Thread& thread : threads)
    if (thread.state == State::AT_CLUSTER_BARRIER && thread.waits <= least) {
      thread.state = State::READY;
      cluster_waits--;
      opened = true;
    }
  return opened;
}

// Lets those lanes go on that wait for exactly one another.
inline bool open_warp_barriers() {
  bool opened = false;
  unsigned count = unsigned(threads.size());
  for (unsigned i = 0; i < count; i++) {
    if (threads[i].state != State::AT_WARP_BARRIER) continue;
    unsigned warp = i & ~31u, lanes = threads[i].lanes;
    bool together = true;
    for (unsigned lane = 0; lane < 32; lane++)
      if (lanes >> lane & 1)
        together &= warp + lane < count && threads[warp + lane].lanes == lanes &&
                    threads[warp + lane].state == State::AT_WARP_BARRIER;
    for (unsigned lane = 0; together && lane < 32; lane++)
      if (lanes >> lane & 1) threads[warp + lane].state = State::READY;
    opened |= together;
  }
  return opened;
}

// Nobody can go on, and not everybody has ended.
inline void report_deadlock() {
  for (const Thread& thread : threads) {
    if (thread.state == State::AT_BLOCK_BARRIER)
      report_stuck(thread, "for threads that never come");
    if (thread.state == State::AT_WARP_BARRIER)
      report_stuck(thread, "for lanes that never come");
    if (thread.state == State::AT_CLUSTER_BARRIER)
      report_stuck(thread, "for threads of its cluster that never come");
  }
}

}  // namespace cpu
