// What the 32 threads of a warp do together: they meet, and read one another's registers.
#pragma once
#include "scheduler.h"

namespace cpu {

constexpr unsigned SHOWN_WORDS = 4;  // of 8 bytes; room for the operands of a tensor core
static std::uint64_t shown[1024 + 32][2][SHOWN_WORDS];

inline unsigned lane() { return current & 31; }

// What every lane of a warp has shown at one meeting.
template <class T>
struct Shown {
  unsigned warp, turn;
  const T* operator[](unsigned lane) const {
    return reinterpret_cast<const T*>(shown[warp + lane][turn]);
  }
};

// Every lane in `lanes` shows N values and waits for the others.  Values of two successive
// meetings lie in two places: a fast lane must not overwrite what a slow one has yet to read.
template <class T, int N>
Shown<T> show(unsigned lanes, const T (&values)[N], const char* file, int line) {
  static_assert(sizeof values <= sizeof shown[0][0], "too much for one meeting");
  Thread& thread = threads[current];
  if (!(lanes >> lane() & 1)) fail("calls a warp function whose mask leaves it out");
  unsigned turn = thread.meetings++ & 1;
  std::memcpy(shown[current][turn], values, sizeof values);
  thread.lanes = lanes;
  thread.file = file;
  thread.line = line;
  wait(State::AT_WARP_BARRIER);
  return {current & ~31u, turn};
}

template <class T>
T read_lane(unsigned lanes, T value, unsigned from, const char* file, int line) {
  if (!(lanes >> (from & 31) & 1)) fail("reads a lane that its mask leaves out");
  const T values[1] = {value};
  return show(lanes, values, file, line)[from & 31][0];
}

inline unsigned ballot(unsigned lanes, bool vote, const char* file, int line) {
  const bool values[1] = {vote};
  Shown<bool> votes = show(lanes, values, file, line);
  unsigned result = 0;
  for (unsigned i = 0; i < 32; i++)
    if ((lanes >> i & 1) && votes[i][0]) result |= 1u << i;
  return result;
}

// A source beyond the warp's end (or the segment's) leaves a lane with its own value.
inline unsigned lane_above(unsigned distance, unsigned width) {
  unsigned last = lane() | (width - 1);
  return lane() + distance <= last ? lane() + distance : lane();
}

inline unsigned lane_below(unsigned distance, unsigned width) {
  unsigned first = lane() & ~(width - 1);
  return lane() >= first + distance ? lane() - distance : lane();
}

}  // namespace cpu

// Macros, so that a report can name the line where a thread waits.
#define __syncthreads() cpu::wait_at(cpu::State::AT_BLOCK_BARRIER, __FILE__, __LINE__)
#define __syncwarp(...) cpu::read_lane(cpu::mask_of(__VA_ARGS__), 0, cpu::lane(), __FILE__, __LINE__)
#define __shfl_sync(lanes, value, from) \
  cpu::read_lane(lanes, value, unsigned(from), __FILE__, __LINE__)
#define __shfl_xor_sync(lanes, value, bits) \
  cpu::read_lane(lanes, value, cpu::lane() ^ unsigned(bits), __FILE__, __LINE__)
#define __shfl_down_sync(lanes, value, distance) \
  cpu::read_lane(lanes, value, cpu::lane_above(distance, 32), __FILE__, __LINE__)
#define __shfl_up_sync(lanes, value, distance) \
  cpu::read_lane(lanes, value, cpu::lane_below(distance, 32), __FILE__, __LINE__)
#define __ballot_sync(lanes, vote) cpu::ballot(lanes, bool(vote), __FILE__, __LINE__)
#define __any_sync(lanes, vote) (__ballot_sync(lanes, vote) != 0)
#define __all_sync(lanes, vote) (__ballot_sync(lanes, vote) == unsigned(lanes))

namespace cpu {
inline unsigned mask_of(unsigned lanes = ~0u) { return lanes; }
}  // namespace cpu
