"""Hold every library's kernels to AVX2 on a processor that knows more, each by its own switch."""

AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",  # the products of NumPy and SciPy
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # NumPy's own loops
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # the convolutions of PyTorch and TensorFlow
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own loops
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",  # PyTorch's products
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",  # JAX, and TensorFlow where it compiles
}
"""The environment of the processes that are measured."""
