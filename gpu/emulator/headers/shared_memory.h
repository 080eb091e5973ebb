// Memory that the threads of a block share: found poisoned by every block, and guarded at its end.
#pragma once
#include <link.h>

#include "threads.h"

namespace cpu {

constexpr unsigned char POISON = 0xff;  // a NaN in every float type
constexpr unsigned char GUARD = 0xfd;
constexpr std::size_t SHARED_ALIGNMENT = 1024, SHARED_GUARD = 256;

static std::vector<char> dynamic_shared_buffer;
static std::size_t dynamic_shared_bytes;

inline char* dynamic_shared() {
  std::uintptr_t start = reinterpret_cast<std::uintptr_t>(dynamic_shared_buffer.data());
  return reinterpret_cast<char*>((start + SHARED_ALIGNMENT - 1) & ~(SHARED_ALIGNMENT - 1));
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
  std::memset(dynamic_shared() + dynamic_shared_bytes, GUARD, SHARED_GUARD);
  std::memset(statics.start, POISON, statics.bytes);
}

inline void check_shared_memory() {
  const char* guard = dynamic_shared() + dynamic_shared_bytes;
  for (std::size_t i = 0; i < SHARED_GUARD; i++)
    if (guard[i] != char(GUARD)) {
      report("block (%u, %u, %u) wrote %zu bytes past its %zu bytes of dynamic shared memory",
             blockIdx.x, blockIdx.y, blockIdx.z, i + 1, dynamic_shared_bytes);
      return;
    }
}

}  // namespace cpu
