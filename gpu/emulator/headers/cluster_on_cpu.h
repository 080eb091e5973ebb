// What blocks of a cluster do together, as `cluster.cuh` names it: they meet, copy to one another, and
// arrive at one another's barriers.  An arrival from another block comes as late as it may: when
// somebody waits for it, or its sender arrives at the cluster's barrier.
#pragma once

#undef __cluster_dims__
#define __cluster_dims__(...)  // `compiler.py` tells a launch

inline unsigned cluster_rank() { return cpu::inside->rank; }

// Copies one box to the same place in every block of `blocks`, and counts its bytes at the same barrier.
inline void tma_load_3d_to(void* to, const TensorMap* map, u64* b, int c0, int c1, int c2,
                           unsigned blocks) {
  if (blocks == 0 || blocks >> cpu::cluster.size())
    cpu::fail("copies to blocks that its cluster has not");
  for (cpu::Block& block : cpu::cluster)
    if (blocks >> block.rank & 1) cpu::send_tile(to, map, b, c0, c1, c2, block);
}

inline void bar_arrive_at(u64* b, unsigned rank) {
  if (rank >= cpu::cluster.size()) cpu::fail("arrives at a block that its cluster has not");
  cpu::Block& block = cpu::cluster[rank];
  cpu::send({cpu::same_barrier(b, block), cpu::inside, &block, cpu::current, false, {}});
}

inline void cluster_arrive() {
  cpu::Thread& thread = cpu::threads[cpu::current];
  if (thread.arrivals++ != thread.waits)
    cpu::fail("arrives at the cluster's barrier again before it has waited there");
  auto before = [](const cpu::Message& message) {
    return !message.copies && message.thread == cpu::current;
  };
  while (cpu::deliver_one(before)) {
  }
}

namespace cpu {
inline void wait_for_cluster(const char* file, int line) {
  Thread& thread = threads[current];
  if (thread.arrivals != ++thread.waits) fail("waits for its cluster without having arrived");
  cluster_waits++;
  wait_at(State::AT_CLUSTER_BARRIER, file, line);
}
}  // namespace cpu
#define cluster_wait() cpu::wait_for_cluster(__FILE__, __LINE__)
