"""NVIDIA's run-time compiler, which needs no GPU: what CuPy compiles kernels with."""

import ctypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest


class Compiled(NamedTuple):
    """Whether a source was compiled, what the compiler and the assembler said, machine code."""

    success: bool
    log: str
    code: bytes


class Compiler(NamedTuple):
    library: ctypes.CDLL
    headers: Path


@cache
def compiler() -> Compiler:
    """Find NVRTC among the installed packages; skip the test where it is missing."""
    nvidia = pytest.importorskip(
        "nvidia", reason="kernels are compiled by NVRTC: pip install '.[compile]'"
    )
    folders = [Path(folder) for folder in nvidia.__path__]
    libraries = [path for folder in folders for path in folder.glob("**/libnvrtc.so.*")]
    headers = [path for folder in folders for path in folder.glob("**/include/cuda_fp16.h")]
    if not libraries or not headers:
        pytest.skip("there is no NVRTC with CUDA's headers: pip install '.[compile]'")
    for builtins in libraries[0].parent.glob("libnvrtc-builtins.so.*"):
        ctypes.CDLL(str(builtins), ctypes.RTLD_GLOBAL)  # NVRTC 13.0 does not look beside itself
    return Compiler(ctypes.CDLL(str(libraries[0])), headers[0].parent)


def compile_kernels(file: str, text: str, architecture: str, defines: list[str]) -> Compiled:
    """Compile a source to machine code, and let the assembler tell what it used."""
    nvrtc, headers = compiler()
    program = ctypes.c_void_p()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), text.encode(), file.encode(), 0, None, None)
    options = ["-std=c++17", f"-arch={architecture}", f"-I{headers}", "--ptxas-options=-v"]
    options.append("--device-as-default-execution-space")  # as CuPy; 13.0 wants it for lambdas
    values = [option.encode() for option in options + defines]
    result = nvrtc.nvrtcCompileProgram(
        program, len(values), (ctypes.c_char_p * len(values))(*values)
    )
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    code = ctypes.create_string_buffer(0)
    if result == 0:
        nvrtc.nvrtcGetCUBINSize(program, ctypes.byref(size))
        code = ctypes.create_string_buffer(size.value)
        nvrtc.nvrtcGetCUBIN(program, code)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return Compiled(result == 0, log.value.decode(), code.raw)
