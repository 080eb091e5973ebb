// Runs the threads of a block, or of all blocks of a cluster, in turns, and sees what a GPU does not
// tell: barriers that some threads never reach, and results that depend on the order of threads and
// blocks.
#pragma once
#include <utility>

#include "meetings.h"

namespace cpu {

constexpr int PATIENCE = 1 << 18;  // rounds without an end: threads that poll for ever
constexpr unsigned MOST_THREADS = 1024;  // of a cluster; a device has so many in each block
constexpr unsigned MOST_BLOCKS = 8;

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

void check_what_comes_to(const Block& ended);  // `under_way.h`

inline void end_thread(Block& block) {
  if (--block.running > 0 || failed) return;
  check_shared_memory(block);
  check_what_comes_to(block);
}

// In shuffled schedules a block of a cluster is held back now and then, while the others go on.
struct Pause {
  unsigned rank, rounds;
};

inline void next_round(Pause& pause) {
  shuffle(order);
  if (cluster.size() == 1 || pause.rounds-- > 0) return;
  pause = {random_below(unsigned(cluster.size()) + 1), 1u << random_below(8)};
}

inline bool run_ready_threads(unsigned paused) {
  bool ran = false;
  for (unsigned number : order) {
    Thread& thread = threads[number];
    if (thread.state != State::READY || thread.rank == paused) continue;
    ran = true;
    current = number;
    enter(cluster[thread.rank]);
    threadIdx = thread.index;
    switch_fiber(scheduler, thread.fiber);
    if (thread.state == State::ENDED) end_thread(cluster[thread.rank]);
    if (failed) return false;
  }
  return ran;
}

inline void start_threads() {
  for (Thread& thread : threads) thread.state = State::ENDED;  // those that fill up a warpgroup
  for (unsigned number : order) {
    Thread& thread = threads[number];
    unsigned rank = number / stride, i = number % stride, row = i / blockDim.x;
    dim3 index(i % blockDim.x, row % blockDim.y, row / blockDim.y);
    thread = {thread.fiber, State::READY, index};
    thread.rank = rank;
    start_fiber(thread.fiber, stacks + number * STACK_BYTES, thread_entry);
  }
}

inline bool all_have_ended() {
  for (const Block& block : cluster)
    if (block.running > 0) return false;
  return true;
}

inline void run_cluster(bool shuffled) {
  constexpr unsigned NOBODY = ~0u;
  cluster_count++;
  cluster_waits = 0;
  start_threads();
  Pause pause = {NOBODY, 0};
  for (int round = 0; round < PATIENCE; round++) {
    if (shuffled) next_round(pause);
    bool ran = run_ready_threads(pause.rank);
    if (!ran && !failed) ran = run_ready_threads(NOBODY);
    if (failed || all_have_ended()) return;
    bool opened = open_block_barriers() || open_warp_barriers();
    opened |= open_cluster_barrier();
    if (!ran && !opened) report_deadlock();
    if (failed) return;
  }
  const dim3& block = cluster[0].index;
  report("block (%u, %u, %u): threads poll for something that never happens", block.x, block.y,
         block.z);
}

// A cluster's threads have one number after another, each block's from a new warpgroup on.
inline void prepare_threads() {
  unsigned count = threads_of_block(), blocks = unsigned(cluster.size());
  stride = blocks > 1 ? (count + 127) & ~127u : count;
  if (blocks > MOST_BLOCKS || blocks * stride > MOST_THREADS)
    report("a cluster of %u blocks of %u threads; here %u and %u threads are the most", blocks,
           count, MOST_BLOCKS, MOST_THREADS);
  if (failed) return;
  threads.resize(blocks * stride);
  order.clear();
  for (unsigned rank = 0; rank < blocks; rank++)
    for (unsigned i = 0; i < count; i++) order.push_back(rank * stride + i);
  if (!stacks) stacks = static_cast<char*>(std::malloc(MOST_THREADS * STACK_BYTES));
}

// Cuts the grid into clusters.
inline std::vector<unsigned> prepare_clusters(dim3 size) {
  if (gridDim.x % size.x || gridDim.y % size.y || gridDim.z % size.z)
    report("no device cuts a grid of (%u, %u, %u) into clusters of (%u, %u, %u)", gridDim.x,
           gridDim.y, gridDim.z, size.x, size.y, size.z);
  cluster.resize(std::size_t(size.x) * size.y * size.z);
  std::vector<unsigned> numbers(std::size_t(gridDim.x) * gridDim.y * gridDim.z / cluster.size());
  for (unsigned i = 0; i < numbers.size(); i++) numbers[i] = i;
  return numbers;
}

inline void place_blocks(unsigned number, dim3 size) {
  unsigned across = gridDim.x / size.x, down = gridDim.y / size.y, row = number / across;
  inside = nullptr;
  for (unsigned rank = 0; rank < cluster.size(); rank++) {
    Block& block = cluster[rank];
    block.index = dim3(number % across * size.x + rank % size.x,
                       row % down * size.y + rank / size.x % size.y,
                       row / down * size.z + rank / size.x / size.y);
    block.rank = rank;
    block.running = threads_of_block();
    poison_shared_memory(block);
  }
}

// Runs all clusters, in the plain order for schedule 0, in another one for every other schedule.
inline bool launch(const unsigned* shape, dim3 cluster_size, std::size_t shared,
                   std::uint64_t schedule, void (*body)()) {
  gridDim = dim3(shape[0], shape[1], shape[2]);
  blockDim = dim3(shape[3], shape[4], shape[5]);
  dynamic_shared_bytes = shared;
  kernel_body = body;
  random_state = schedule;
  failed = false;
  statics = static_shared_memory();
  std::vector<unsigned> clusters = prepare_clusters(cluster_size);
  prepare_threads();
  if (failed) return false;
  if (schedule) shuffle(clusters);
  for (unsigned number : clusters) {
    place_blocks(number, cluster_size);
    run_cluster(schedule != 0);
    if (failed) return false;
  }
  return true;
}

}  // namespace cpu
