// Memory that the threads of a block share: found poisoned by every block, and guarded at its end.
// Each block of a cluster has its own.
#pragma once
#include <link.h>

#include "threads.h"

namespace cpu {

constexpr unsigned char POISON = 0xff;  // a NaN in every float type
constexpr unsigned char GUARD = 0xfd;
constexpr std::size_t SHARED_ALIGNMENT = 1024, SHARED_GUARD = 256;

static std::size_t dynamic_shared_bytes;

// A block that runs, with the others of its cluster if there are any.
struct Block {
  dim3 index;
  unsigned rank;     // in its cluster
  unsigned running;  // threads that have not ended
  std::vector<char> dynamic_shared, static_shared;

  char* dynamic_start() {
    std::uintptr_t start = reinterpret_cast<std::uintptr_t>(dynamic_shared.data()) + SHARED_GUARD;
    return reinterpret_cast<char*>((start + SHARED_ALIGNMENT - 1) & ~(SHARED_ALIGNMENT - 1));
  }
};
static std::vector<Block> cluster;
static Block* inside;  // the block of the running thread
static char* inside_dynamic;

inline char* dynamic_shared() { return inside_dynamic; }

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
    std::uintptr_t here = reinterpret_cast<std::uintptr_t>(&finding);
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

static Memory statics;

// A block finds nothing in shared memory that an earlier one left there.
inline void poison_shared_memory(Block& block) {
  std::size_t around = SHARED_ALIGNMENT + 2 * SHARED_GUARD;
  block.dynamic_shared.assign(dynamic_shared_bytes + around, char(POISON));
  block.static_shared.assign(statics.bytes, char(POISON));
  std::memset(block.dynamic_start() - SHARED_GUARD, GUARD, SHARED_GUARD);
  std::memset(block.dynamic_start() + dynamic_shared_bytes, GUARD, SHARED_GUARD);
}

// Puts a block's static variables where its threads look for them, and keeps those of another.
inline void enter(Block& block) {
  if (&block == inside) return;
  if (inside) std::memcpy(inside->static_shared.data(), statics.start, statics.bytes);
  std::memcpy(statics.start, block.static_shared.data(), statics.bytes);
  inside = &block;
  inside_dynamic = block.dynamic_start();
  blockIdx = block.index;
}

inline void check_shared_memory(Block& block) {
  const char *start = block.dynamic_start(), *end = start + dynamic_shared_bytes;
  for (std::size_t i = 0; i < SHARED_GUARD; i++) {
    bool is_before = start[-1 - std::ptrdiff_t(i)] != char(GUARD);
    if (!is_before && end[i] == char(GUARD)) continue;
    report("block (%u, %u, %u) wrote %zu bytes %s its %zu bytes of dynamic shared memory",
           block.index.x, block.index.y, block.index.z, i + 1, is_before ? "before" : "past",
           dynamic_shared_bytes);
    return;
  }
}

}  // namespace cpu
