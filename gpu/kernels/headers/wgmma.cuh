// The products of sm_90a in PTX: 128 threads multiply 64 x K by K x N, both factors in shared memory.
// `wgmma_on_cpu.h` has the same functions for the CPU.
#pragma once
#include "hopper.cuh"

#ifndef CUDA_ON_CPU

// A thread's registers of the result, as constraints of inline assembly.
#define WGMMA_8(i)                                                                       \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), \
      "+f"(d[i + 6]), "+f"(d[i + 7])
#define WGMMA_32(i) WGMMA_8(i), WGMMA_8(i + 8), WGMMA_8(i + 16), WGMMA_8(i + 24)

#define WGMMA_REGISTERS_32                                                           \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, " \
  "%18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}"
#define WGMMA_REGISTERS_64                                                               \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, "     \
  "%18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, " \
  "%35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, " \
  "%52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}"

// d += a b, with a and b as `operand` describes them: 32 bytes of each row, 16 float16 or 8 floats.
// The two ones after the operands: add to d, and take both factors as they are.
#define WGMMA_FUNCTION_64(name, types, ones)                                              \
  __device__ __forceinline__ void name(float (&d)[32], u64 a, u64 b) {                    \
    asm volatile("wgmma.mma_async.sync.aligned.m64n64" types " " WGMMA_REGISTERS_32       \
                 ", %32, %33, " ones ";"                                                  \
                 : WGMMA_32(0)                                                            \
                 : "l"(a), "l"(b));                                                       \
  }
#define WGMMA_FUNCTION_128(name, types, ones)                                             \
  __device__ __forceinline__ void name(float (&d)[64], u64 a, u64 b) {                    \
    asm volatile("wgmma.mma_async.sync.aligned.m64n128" types " " WGMMA_REGISTERS_64      \
                 ", %64, %65, " ones ";"                                                  \
                 : WGMMA_32(0), WGMMA_32(32)                                              \
                 : "l"(a), "l"(b));                                                       \
  }
// float16 can also be read transposed (the last two numbers), floats cannot.
WGMMA_FUNCTION_64(wgmma_f16, "k16.f32.f16.f16", "1, 1, 1, 0, 0")
WGMMA_FUNCTION_128(wgmma_f16, "k16.f32.f16.f16", "1, 1, 1, 0, 0")
WGMMA_FUNCTION_64(wgmma_tf32, "k8.f32.tf32.tf32", "1, 1, 1")
WGMMA_FUNCTION_128(wgmma_tf32, "k8.f32.tf32.tf32", "1, 1, 1")

// After the last wait: what reads results stays behind it.  To the compiler a product has written them
// when it is issued; where it moves a read up, the assembler makes all products wait for one another.
template <int Registers>
__device__ __forceinline__ void wgmma_results(float (&d)[Registers]) {
#pragma unroll
  for (int i = 0; i < Registers; i++) asm volatile("" : "+f"(d[i])::"memory");
}

#endif
