// Carries a launch's arguments to a kernel, and tells Python their types.
#pragma once
#include <string>
#include <type_traits>
#include <utility>

#include "half.h"
#include "scheduler.h"

namespace cpu {

static void** arguments;  // the address of each, as cuLaunchKernel takes them

// NumPy's name of a type; `*` after it for a pointer, ``struct128`` for 128 bytes by value.
template <class T>
std::string type_name() {
  if constexpr (std::is_pointer_v<T>)
    return type_name<std::remove_cv_t<std::remove_pointer_t<T>>>() + "*";
  else if constexpr (std::is_void_v<T>)
    return "void";
  else if constexpr (std::is_same_v<T, __half>)
    return "float16";
  else if constexpr (std::is_same_v<T, bool>)
    return "bool";
  else if constexpr (std::is_floating_point_v<T>)
    return "float" + std::to_string(8 * sizeof(T));
  else if constexpr (std::is_integral_v<T>)
    return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
  else
    return "struct" + std::to_string(sizeof(T));
}

template <class... Types>
const char* signature(void (*)(Types...)) {
  static const std::string names = ((type_name<std::remove_cv_t<Types>>() + " ") + ... + "");
  return names.c_str();
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

// `compiler.py` appends one of these for each kernel of a file.
#define CPU_EXPORT(kernel)                                                              \
  extern "C" __attribute__((visibility("default"))) bool launch_##kernel(               \
      const unsigned* shape, std::size_t shared, std::uint64_t schedule, void** values) { \
    cpu::arguments = values;                                                            \
    return cpu::launch(shape, shared, schedule, [] { cpu::call(kernel); });             \
  }                                                                                     \
  extern "C" __attribute__((visibility("default"))) const char* signature_##kernel() {  \
    return cpu::signature(kernel);                                                      \
  }

extern "C" __attribute__((visibility("default"))) const char* finding() {
  return cpu::message;
}
