"""What CUDA is to us: a device or its stand-in, compiled kernels, launches."""
