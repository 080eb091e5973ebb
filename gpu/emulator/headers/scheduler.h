// Runs the threads of a block in turns, and sees what a GPU does not tell: barriers that some
// threads never reach, and results that depend on the order of threads and blocks.
#pragma once
#include <utility>

#include "shared_memory.h"
#include "threads.h"

namespace cpu {

constexpr int PATIENCE = 1 << 18;  // rounds without an end: threads that poll for ever

static char* stacks;
static std::vector<unsigned> order;
static std::uint64_t random_state;

inline unsigned random_below(unsigned n) {
  random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
  return unsigned((random_state >> 33) % n);
}

template <class T>
void shuffle(std::vector<T>& values) {
  for (std::size_t i = values.size(); i > 1; i--)
    std::swap(values[i - 1], values[random_below(unsigned(i))]);
}

inline unsigned count_threads(State state) {
  unsigned count = 0;
  for (const Thread& thread : threads) count += thread.state == state;
  return count;
}

inline void report_stuck(const Thread& waiting, const char* why) {
  report("block (%u, %u, %u): thread (%u, %u, %u) waits at %s:%d %s", blockIdx.x, blockIdx.y,
         blockIdx.z, waiting.index.x, waiting.index.y, waiting.index.z, file_name(waiting.file),
         waiting.line, why);
}

// Everybody waits at the block's barrier: the same one?
inline void open_block_barrier() {
  for (Thread& thread : threads) {
    thread.state = State::READY;
    if (thread.line != threads[0].line || std::strcmp(thread.file, threads[0].file) != 0) {
      report_stuck(thread, "while others wait at another barrier");
      return;
    }
  }
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

inline bool run_ready_threads() {
  bool ran = false;
  for (unsigned number : order) {
    if (threads[number].state != State::READY) continue;
    ran = true;
    current = number;
    threadIdx = threads[number].index;
    switch_fiber(scheduler, threads[number].fiber);
    if (failed) return false;
  }
  return ran;
}

// Nobody can go on, and not everybody has ended.
inline void report_deadlock() {
  for (const Thread& thread : threads) {
    if (thread.state == State::AT_BLOCK_BARRIER)
      report_stuck(thread, "for threads that never come");
    if (thread.state == State::AT_WARP_BARRIER)
      report_stuck(thread, "for lanes that never come");
  }
}

inline void run_block(bool shuffled) {
  block_count++;
  for (unsigned i = 0; i < threads.size(); i++) {
    Thread& thread = threads[i];
    unsigned row = i / blockDim.x;
    thread.state = State::READY;
    thread.meetings = thread.lanes = 0;
    thread.index = dim3(i % blockDim.x, row % blockDim.y, row / blockDim.y);
    start_fiber(thread.fiber, stacks + i * STACK_BYTES, thread_entry);
  }
  for (int round = 0; round < PATIENCE; round++) {
    if (shuffled) shuffle(order);
    bool ran = run_ready_threads();
    if (failed || count_threads(State::ENDED) == threads.size()) return;
    if (count_threads(State::AT_BLOCK_BARRIER) == threads.size())
      open_block_barrier();
    else if (!open_warp_barriers() && !ran)
      report_deadlock();
    if (failed) return;
  }
  report("block (%u, %u, %u): threads poll for something that never happens", blockIdx.x,
         blockIdx.y, blockIdx.z);
}

inline void prepare_threads(std::size_t count) {
  threads.resize(count);
  order.resize(count);
  for (unsigned i = 0; i < count; i++) order[i] = i;
  if (!stacks) stacks = static_cast<char*>(std::malloc(1024 * STACK_BYTES));
}

// Runs all blocks, in the plain order for schedule 0, in another one for every other schedule.
inline bool launch(const unsigned* shape, std::size_t shared, std::uint64_t schedule,
                   void (*body)()) {
  gridDim = dim3(shape[0], shape[1], shape[2]);
  blockDim = dim3(shape[3], shape[4], shape[5]);
  prepare_threads(std::size_t(shape[3]) * shape[4] * shape[5]);
  dynamic_shared_bytes = shared;
  kernel_body = body;
  random_state = schedule;
  failed = false;
  Memory statics = static_shared_memory();
  std::vector<unsigned> blocks(std::size_t(shape[0]) * shape[1] * shape[2]);
  for (unsigned i = 0; i < blocks.size(); i++) blocks[i] = i;
  if (schedule) shuffle(blocks);
  for (unsigned block : blocks) {
    unsigned row = block / gridDim.x;
    blockIdx = dim3(block % gridDim.x, row % gridDim.y, row / gridDim.y);
    poison_shared_memory(statics);
    run_block(schedule != 0);
    if (!failed) check_shared_memory();
    if (failed) return false;
  }
  return true;
}

}  // namespace cpu
