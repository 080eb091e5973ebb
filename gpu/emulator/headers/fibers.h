// One CUDA thread is one fiber: a stack of its own and a place where it stopped.
//
// Threads of a block must be able to stop inside a kernel (at __syncthreads) and go on later.
// Operating system threads could do that, a thousand times slower.  A fiber only has to save what
// a function call must preserve, and to change the stack pointer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#if !defined(__x86_64__) || defined(CPU_USES_UCONTEXT)
#include <ucontext.h>
#endif

namespace cpu {

// Not a power of two: stacks a power of two apart would share a few lines of the cache.
constexpr std::size_t STACK_BYTES = (64 << 10) + 320;

#if defined(__x86_64__) && !defined(CPU_USES_UCONTEXT)

struct Fiber {
  void* stack_pointer;
};

// Saves the registers that a call preserves on this stack, remembers where, and takes them from
// the other stack.  The `ret` at the end then returns to wherever the other one stopped.
extern "C" void cpu_switch(void** from, void* to);
asm(".text\n"
    ".globl cpu_switch\n"
    ".hidden cpu_switch\n"
    ".type cpu_switch,@function\n"
    "cpu_switch:\n"
    "  push %rbp\n"
    "  push %rbx\n"
    "  push %r12\n"
    "  push %r13\n"
    "  push %r14\n"
    "  push %r15\n"
    "  mov %rsp, (%rdi)\n"
    "  mov %rsi, %rsp\n"
    "  pop %r15\n"
    "  pop %r14\n"
    "  pop %r13\n"
    "  pop %r12\n"
    "  pop %rbx\n"
    "  pop %rbp\n"
    "  ret\n");

inline void switch_fiber(Fiber& from, Fiber& to) {
  cpu_switch(&from.stack_pointer, to.stack_pointer);
}

// Prepares a stack on which the first switch "returns" into `entry`.
inline void start_fiber(Fiber& fiber, char* stack, void (*entry)()) {
  std::uintptr_t top = reinterpret_cast<std::uintptr_t>(stack + STACK_BYTES) & ~std::uintptr_t(15);
  void** frame = reinterpret_cast<void**>(top);
  *--frame = nullptr;  // where `entry` would return to; it never does
  *--frame = reinterpret_cast<void*>(entry);
  fiber.stack_pointer = frame - 6;  // six registers, whatever they hold
}

#else  // any other processor: the C library's slower way

struct Fiber {
  ucontext_t context;
};

inline void switch_fiber(Fiber& from, Fiber& to) { swapcontext(&from.context, &to.context); }

inline void start_fiber(Fiber& fiber, char* stack, void (*entry)()) {
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = stack;
  fiber.context.uc_stack.ss_size = STACK_BYTES;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, entry, 0);
}

#endif

}  // namespace cpu
