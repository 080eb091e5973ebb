// Carries a launch's arguments to a kernel, and tells Python their types.
#pragma once
#include <cstdio>
#include <cstring>
#include <type_traits>
#include <utility>

#include "half.h"
#include "scheduler.h"

namespace cpu {

static void** arguments;  // the address of each, as cuLaunchKernel takes them

constexpr int LONGEST_NAME = 24;  // of a type, with what separates it from the next

inline char* put(char* end, const char* text) {
  return stpcpy(end, text);
}

inline char* put(char* end, const char* kind, std::size_t number) {
  return end + std::sprintf(end, "%s%zu", kind, number);
}

// Appends NumPy's name of a type; `*` after it for a pointer, ``struct128`` for 128 bytes by value.
// Without `std::string`, which takes a fifth of a small kernel's compilation.
template <class T>
char* put_type(char* end) {
  if constexpr (std::is_pointer_v<T>)
    return put(put_type<std::remove_cv_t<std::remove_pointer_t<T>>>(end), "*");
  else if constexpr (std::is_void_v<T>)
    return put(end, "void");
  else if constexpr (std::is_same_v<T, __half>)
    return put(end, "float16");
  else if constexpr (std::is_same_v<T, bool>)
    return put(end, "bool");
  else if constexpr (std::is_floating_point_v<T>)
    return put(end, "float", 8 * sizeof(T));
  else if constexpr (std::is_integral_v<T>)
    return put(end, std::is_signed_v<T> ? "int" : "uint", 8 * sizeof(T));
  else
    return put(end, "struct", sizeof(T));
}

template <class... Types>
const char* signature(void (*)(Types...)) {
  static char names[LONGEST_NAME * sizeof...(Types) + 1];
  char* end = names;
  ((end = put(put_type<std::remove_cv_t<Types>>(end), " ")), ...);
  return names;
}

template <class... Types, std::size_t... I>
void call_with(void (*kernel)(Types...), std::index_sequence<I...>) {
  kernel(*static_cast<std::remove_cv_t<Types>*>(arguments[I])...);
}

template <class... Types>
void call(void (*kernel)(Types...)) {
  call_with(kernel, std::index_sequence_for<Types...>());
}

}  // namespace cpu

// `compiler.py` appends one of these for each kernel of a file, with the size of its clusters.
#define CPU_EXPORT(kernel, ...)                                                         \
  extern "C" __attribute__((visibility("default"))) bool launch_##kernel(               \
      const unsigned* shape, std::size_t shared, std::uint64_t schedule, void** values) { \
    cpu::arguments = values;                                                            \
    return cpu::launch(shape, dim3(__VA_ARGS__), shared, schedule,                      \
                       [] { cpu::call(kernel); });                                      \
  }                                                                                     \
  extern "C" __attribute__((visibility("default"))) const char* signature_##kernel() {  \
    return cpu::signature(kernel);                                                      \
  }

extern "C" __attribute__((visibility("default"))) const char* finding() {
  return cpu::finding;
}
