"""A GPU for tests and for learners without one: kernels run on the CPU, slowly and suspiciously.

Read `cuda_on_cpu.h` for how CUDA C++ becomes C++, `raw_module.py` for how a kernel is compiled and
called, `memory.py` for what watches its arrays, `cupy_on_cpu.py` for the part of CuPy that
`backpaint.gpu` uses.  `backpaint.gpu.device.device.emulate` puts all of it in the place of CuPy.
"""
