"""CuPy's `RawModule` for the CPU: compiles a source, and checks every launch of its kernels."""

import ctypes
import threading
from functools import cached_property
from typing import Any

import numpy as np

from .arguments import Arguments
from .compiler import library
from .settings import current
from .streams import issue

SHARED_BYTES_PLAIN = 48 << 10
SHARED_BYTES_MOST = {8: 163 << 10, 9: 227 << 10}
_one_at_a_time = threading.Lock()  # a library has one set of threads


class RawModule:
    """The kernels of one source.

    Parameters
    ----------
    code : str
        CUDA C++.
    options : tuple of str
        For the compiler; only ``-D...`` matters here.
    """

    def __init__(self, *, code: str, options: tuple[str, ...] = ()) -> None:
        if not isinstance(code, str) or not isinstance(options, tuple):
            raise TypeError("code is a str, and options are a tuple of str")
        self._code = code
        self._defines = tuple(option for option in options if option.startswith("-D"))

    def compile(self) -> None:
        """Compile the source now, and not when its first kernel is asked for."""
        _ = self._library

    @cached_property
    def _library(self) -> ctypes.CDLL:
        return library(self._code, self._defines)

    def get_function(self, name: str) -> "RawKernel":
        """Find a kernel by its name."""
        if not hasattr(self._library, f"launch_{name}"):
            raise RuntimeError(f"there is no kernel {name}")
        return RawKernel(self._library, name)


class RawKernel:
    """One kernel.

    Attributes
    ----------
    max_dynamic_shared_size_bytes : int
        What a launch may ask for; must be raised by hand beyond 48 KiB, as on a device.
    """

    def __init__(self, kernels: ctypes.CDLL, name: str) -> None:
        self.name = name
        self.max_dynamic_shared_size_bytes = SHARED_BYTES_PLAIN
        self._launch = getattr(kernels, f"launch_{name}")
        self._launch.restype = ctypes.c_bool
        self._finding = kernels.finding
        self._finding.restype = ctypes.c_char_p
        signature = getattr(kernels, f"signature_{name}")
        signature.restype = ctypes.c_char_p
        self.types: list[str] = signature().decode().split()

    def __call__(
        self,
        grid: tuple[int, ...],
        block: tuple[int, ...],
        args: tuple[Any, ...],
        *,
        shared_mem: int = 0,
    ) -> None:
        """Launch the kernel on the current stream.

        Raises
        ------
        TypeError
            If an argument's number or type is not the kernel's.
        ValueError
            If a device would refuse the grid, the block or the shared memory.
        RuntimeError
            If the kernel does something wrong; says what, and in which thread.
        """
        shape = self._checked_shape(grid, block, shared_mem)
        try:
            arguments = Arguments(self.types, args)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}") from None
        issue(lambda: self._run(shape, shared_mem, arguments))

    def _run(self, shape: Any, shared: int, arguments: Arguments) -> None:
        try:
            memory = list(arguments.allocations())
        except RuntimeError as error:
            raise RuntimeError(f"{self.name}: {error}") from None
        with _one_at_a_time:
            schedule = ctypes.c_uint64(current.schedule)
            fine = self._launch(shape, ctypes.c_size_t(shared), schedule, arguments.addresses)
            finding = self._finding().decode()
        if not fine:
            raise RuntimeError(f"{self.name}: {finding}")
        for index, allocation in memory:
            overrun = allocation.overrun()
            if overrun:
                raise RuntimeError(f"{self.name}: with argument {index} it {overrun}")

    def _checked_shape(self, grid: tuple[int, ...], block: tuple[int, ...], shared: int) -> Any:
        grid, block = (*grid, 1, 1)[:3], (*block, 1, 1)[:3]
        fits = grid[0] < 1 << 31 and max(grid[1:]) < 1 << 16 and block[2] <= 64
        if not fits or min(*grid, *block) < 1 or np.prod(block) > 1024:
            raise ValueError(f"{self.name}: no device launches grid {grid} with block {block}")
        most = min(self.max_dynamic_shared_size_bytes, SHARED_BYTES_MOST[current.capability[0]])
        if shared > most:
            raise ValueError(f"{self.name}: {shared} bytes of shared memory; {most} are allowed")
        return (ctypes.c_uint * 6)(*grid, *block)
