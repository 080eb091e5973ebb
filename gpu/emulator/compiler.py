"""Compilation of a kernel into a library that this processor runs: g++, and a cache."""

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from ...errors import UsageError
from ...private_folder import is_ours_alone, private_folder
from ..kernels import kernel_attributes

HEADERS = Path(__file__).parent / "headers"
FAST = ("-O3", "-march=native")
STEPWISE = ("-O0", "-g")  # what gdb needs to show every line and every variable
FLAGS = (
    *(STEPWISE if os.environ.get("BACKPAINT_STEPWISE") else FAST),
    "-std=c++17",
    "-shared",
    "-fPIC",
    "-w",  # what deserves a warning is nvcc's to say
    "-fno-strict-aliasing",
    "-ffp-contract=off",  # a * b + c in two roundings, on every processor
    "-fno-gnu-unique",  # two libraries share no variables
    "-fno-exceptions",  # nothing throws; compiled a tenth sooner
    "-fvisibility=hidden",
    f"-include{HEADERS / 'cuda_on_cpu.h'}",
)


class CompileException(Exception):
    """A refusal by the compiler, as `cupy.cuda.compiler` calls it."""


@cache
def library(text: str, defines: tuple[str, ...]) -> ctypes.CDLL:
    """Compile a source, or take the result of an earlier time, and load it.

    An earlier result runs as part of this program.  So it is only taken from a folder that is this
    user's alone (`private_folder`); else a new one is made in a temporary folder.

    Parameters
    ----------
    text : str
        CUDA C++ of one file.
    defines : tuple of str
        ``-DREAL=float``, ...

    Raises
    ------
    UsageError
        If there is no g++, or the system is not Linux.
    CompileException
        If the source is wrong, with the compiler's messages.
    """
    text += _exports(text)
    folder = private_folder(user_cache_path("backpaint", appauthor=False) / "emulator")
    path = folder / f"{_key(text, defines)}.so"
    if not (path.is_file() and is_ours_alone(path)):
        _compile(text, defines, path)
    return ctypes.CDLL(str(path))


def _exports(text: str) -> str:
    """Write what lets Python launch kernels; the attribute for clusters becomes their size."""
    kernels = kernel_attributes(text).items()
    lines = [
        "",
        '#line 1 "exports"',
        "#undef __cluster_dims__",
        "#define __cluster_dims__(...) __VA_ARGS__",
    ]
    return "\n".join([*lines, *(f"CPU_EXPORT({name}, {put})" for name, put in kernels), ""])


def _key(text: str, defines: tuple[str, ...]) -> str:
    """Name everything that the result depends on."""
    digest = hashlib.sha256(repr((text, defines, FLAGS, platform.machine())).encode())
    digest.update(_instructions())
    for header in sorted(HEADERS.glob("*.h")):
        digest.update(header.read_bytes())
    return digest.hexdigest()[:24]


def _instructions() -> bytes:
    """List what this processor can do, since ``-march=native`` makes a library for it alone."""
    path = Path("/proc/cpuinfo")
    lines = path.read_bytes().splitlines() if path.exists() else []
    return next((line for line in lines if line.startswith((b"flags", b"Features"))), b"")


def _compile(text: str, defines: tuple[str, ...], path: Path) -> None:
    """Write the library under its final name in one step: another process may do the same."""
    compiler = shutil.which("g++")
    if sys.platform != "linux" or compiler is None:
        raise UsageError(
            "the emulated GPU compiles its kernels with g++ on Linux, which was not found here; "
            "install it (apt install g++), or run without emulation on a GPU"
        )
    handle, unfinished = tempfile.mkstemp(suffix=".so", dir=path.parent)
    os.close(handle)
    command = [compiler, *FLAGS, *defines, "-xc++", "-", "-o", unfinished]
    run = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    if run.returncode != 0:
        Path(unfinished).unlink()
        raise CompileException(f"g++ refuses a kernel:\n{run.stderr}")
    Path(unfinished).chmod(0o700)  # whatever the umask
    Path(unfinished).replace(path)
