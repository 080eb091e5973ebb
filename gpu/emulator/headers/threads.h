// The threads of the blocks that are running, and what one of them does to wait or to fail.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "fibers.h"

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
static dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace cpu {

enum class State { READY, AT_BLOCK_BARRIER, AT_WARP_BARRIER, AT_CLUSTER_BARRIER, ENDED };

struct Thread {
  Fiber fiber;
  State state;
  dim3 index;
  unsigned lanes;    // at a warp barrier: who meets there
  unsigned meetings; // of its warp, so far
  unsigned rank;     // of its block in the cluster
  unsigned arrivals, waits;  // at the cluster's barrier, so far
  const char* file;  // where it waits
  int line;
};

static std::vector<Thread> threads;  // of all blocks of a cluster; mostly it is one block
static Fiber scheduler;
static void (*kernel_body)();
static unsigned current;
static unsigned long cluster_count;  // clusters begun so far: whatever is older belongs to none
static bool failed;
static char finding[400];

inline const char* file_name(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash ? slash + 1 : path;
}

inline void report(const char* format, ...) {
  if (failed) return;  // the first finding is the cause of the others
  failed = true;
  va_list values;
  va_start(values, format);
  std::vsnprintf(finding, sizeof finding, format, values);
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
[[noreturn]] inline void fail(const char* mistake) {
  report("block (%u, %u, %u), thread (%u, %u, %u) %s", blockIdx.x, blockIdx.y, blockIdx.z,
         threadIdx.x, threadIdx.y, threadIdx.z, mistake);
  wait(State::ENDED);
  std::abort();
}

inline void thread_entry() {
  kernel_body();
  wait(State::ENDED);
  std::abort();  // an ended thread is never resumed
}

inline void wait_at(State state, const char* file, int line) {
  threads[current].file = file;
  threads[current].line = line;
  wait(state);
}

}  // namespace cpu
