"""CUDA as the engine sees it: a device or its stand-in, compiled kernels, launches, vectors."""
