// Runs the threads of a block in turns, and sees what a GPU does not tell: barriers that some
// threads never reach, writes past shared memory, results that depend on the order of threads.
#pragma once
#include <link.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "fibers.h"

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
static dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace cpu {

enum class State { READY, AT_BLOCK_BARRIER, AT_WARP_BARRIER, ENDED };

struct Thread {
  Fiber fiber;
  State state;
  dim3 index;
  unsigned lanes;    // at a warp barrier: who meets there
  unsigned meetings; // of its warp, so far
  const char* file;  // where it waits
  int line;
};

constexpr unsigned char POISON = 0xff;  // a NaN in every float type
constexpr std::size_t SHARED_ALIGNMENT = 1024, SHARED_GUARD = 256;
constexpr int PATIENCE = 1 << 18;  // rounds without an end: threads that poll for ever

static std::vector<Thread> threads;
static char* stacks;
static std::vector<unsigned> order;
static std::vector<char> dynamic_shared_buffer;
static std::size_t dynamic_shared_bytes;
static Fiber scheduler;
static void (*kernel_body)();
static unsigned current;
static unsigned long block_count;  // blocks begun so far: whatever is older belongs to none
static bool failed;
static char message[400];
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

inline const char* file_name(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash ? slash + 1 : path;
}

inline void report(const char* format, ...) {
  if (failed) return;  // the first finding is the cause of the others
  failed = true;
  va_list values;
  va_start(values, format);
  std::vsnprintf(message, sizeof message, format, values);
  va_end(values);
}

// Stops the running thread until somebody makes it READY again.
inline void wait(State state) {
  Thread& thread = threads[current];
  thread.state = state;
  switch_fiber(thread.fiber, scheduler);
  threadIdx = thread.index;
}

// Reports a mistake of the running thread, which ends here, and the launch with it.
[[noreturn]] inline void fail(const char* finding) {
  report("block (%u, %u, %u), thread (%u, %u, %u) %s", blockIdx.x, blockIdx.y, blockIdx.z,
         threadIdx.x, threadIdx.y, threadIdx.z, finding);
  wait(State::ENDED);
  std::abort();
}

inline void thread_entry() {
  kernel_body();
  wait(State::ENDED);
  std::abort();  // an ended thread is never resumed
}

inline void wait_for_block(const char* file, int line) {
  threads[current].file = file;
  threads[current].line = line;
  wait(State::AT_BLOCK_BARRIER);
}

inline char* dynamic_shared() {
  std::uintptr_t start = reinterpret_cast<std::uintptr_t>(dynamic_shared_buffer.data());
  return reinterpret_cast<char*>((start + SHARED_ALIGNMENT - 1) & ~(SHARED_ALIGNMENT - 1));
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

// Static __shared__ variables are the only thread_local ones of a library, and the linker puts
// those side by side, however deep in templates they are: so a block can find them poisoned.
struct Memory {
  char* start;
  std::size_t bytes;
};
static thread_local volatile char any_variable;

inline int find_thread_locals(dl_phdr_info* library, std::size_t, void* found) {
  bool ours = false;
  std::size_t bytes = 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const auto& segment = library->dlpi_phdr[i];
    std::uintptr_t start = library->dlpi_addr + segment.p_vaddr;
    std::uintptr_t here = reinterpret_cast<std::uintptr_t>(&message);
    if (segment.p_type == PT_TLS) bytes = segment.p_memsz;
    if (segment.p_type == PT_LOAD) ours |= here >= start && here < start + segment.p_memsz;
  }
  if (ours) *static_cast<Memory*>(found) = {static_cast<char*>(library->dlpi_tls_data), bytes};
  return ours;
}

inline Memory static_shared_memory() {
  any_variable = 0;  // they are allocated when the first one is used
  Memory memory = {};
  dl_iterate_phdr(find_thread_locals, &memory);
  return memory;
}

// A block finds nothing in shared memory that an earlier one left there.
inline void poison_shared_memory(Memory statics) {
  dynamic_shared_buffer.assign(dynamic_shared_bytes + SHARED_ALIGNMENT + SHARED_GUARD,
                               char(POISON));
  std::memset(dynamic_shared() + dynamic_shared_bytes, 0xfd, SHARED_GUARD);
  std::memset(statics.start, POISON, statics.bytes);
}

inline void check_shared_memory() {
  const char* guard = dynamic_shared() + dynamic_shared_bytes;
  for (std::size_t i = 0; i < SHARED_GUARD; i++)
    if (guard[i] != char(0xfd)) {
      report("block (%u, %u, %u) wrote %zu bytes past its %zu bytes of dynamic shared memory",
             blockIdx.x, blockIdx.y, blockIdx.z, i + 1, dynamic_shared_bytes);
      return;
    }
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
