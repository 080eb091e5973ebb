"""CuPy's `RawModule` for the CPU: compiles a source, and checks every launch of its kernels."""

import ctypes
import threading
import weakref
from typing import Any

import numpy as np

from .array import ndarray
from .compiler import library
from .memory import Allocation
from .settings import current
from .streams import issue

SHARED_BYTES_PLAIN = 48 << 10
SHARED_BYTES_MOST = {8: 163 << 10, 9: 227 << 10}
_one_at_a_time = threading.Lock()  # a library has one set of threads

Value = tuple[ctypes.Array[Any], Allocation | None]


class RawModule:
    """The kernels of one source.

    Parameters
    ----------
    code : str
        CUDA C++.
    options : tuple of str
        For the compiler; only ``-D...`` matters here.
    """

    def __init__(self, *, code: str, options: tuple[str, ...] = (), **_: Any) -> None:
        defines = tuple(option for option in options if option.startswith("-D"))
        self._library = library(code, defines)

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
        if len(args) != len(self.types):
            raise TypeError(f"{self.name} takes {len(self.types)} arguments, not {len(args)}")
        values = [self._value(index, value) for index, value in enumerate(args)]
        addresses = (ctypes.c_void_p * len(values))(*(ctypes.addressof(v) for v, _ in values))
        # A graph holds addresses and no arrays: who lets go of an array before, crashes a device.
        memory = [weakref.ref(allocation) for _, allocation in values if allocation is not None]
        kept = [value for value, _ in values]

        def work() -> None:
            assert len(kept) == len(addresses)
            self._run(shape, shared_mem, addresses, [reference() for reference in memory])

        issue(work)

    def _run(
        self, shape: Any, shared: int, addresses: Any, memory: list[Allocation | None]
    ) -> None:
        if None in memory:
            raise RuntimeError(f"{self.name} is launched by a graph, and one of its arrays is gone")
        with _one_at_a_time:
            schedule = ctypes.c_uint64(current.schedule)
            fine = self._launch(shape, ctypes.c_size_t(shared), schedule, addresses)
            finding = self._finding().decode()
        if not fine:
            raise RuntimeError(f"{self.name}: {finding}")
        for index, allocation in enumerate(memory):
            overrun = allocation.overrun() if allocation is not None else None
            if overrun:
                raise RuntimeError(f"{self.name}: array {index} of its arguments: {overrun}")

    def _checked_shape(self, grid: tuple[int, ...], block: tuple[int, ...], shared: int) -> Any:
        grid, block = (*grid, 1, 1)[:3], (*block, 1, 1)[:3]
        if min(*grid, *block) < 1 or max(grid[1:]) > 65535 or np.prod(block) > 1024:
            raise ValueError(f"{self.name}: no device launches grid {grid} with block {block}")
        most = min(self.max_dynamic_shared_size_bytes, SHARED_BYTES_MOST[current.capability[0]])
        if shared > most:
            raise ValueError(f"{self.name}: {shared} bytes of shared memory; {most} are allowed")
        return (ctypes.c_uint * 6)(*grid, *block)

    def _value(self, index: int, value: Any) -> Value:
        """Put an argument where the kernel takes it from: a pointer, a number, bytes by value."""
        found, expected = _type_name(value), self.types[index]
        fits = found == expected or (
            found.endswith("*")
            and (expected == "void*" or (expected.startswith("struct") and expected[-1] == "*"))
        )
        if not fits:
            raise TypeError(
                f"{self.name}: argument {index} is {found}; the kernel takes {expected}"
            )
        if isinstance(value, ndarray):
            if not value.flags.c_contiguous:
                raise TypeError(f"{self.name}: argument {index} is not contiguous")
            pointer = np.array(value.host.ctypes.data, np.uint64)
            return _bytes(pointer), value.allocation
        return _bytes(np.asarray(value)), None


def _type_name(value: Any) -> str:
    """Name an argument's type as `arguments.h` does."""
    if isinstance(value, ndarray):
        return f"{value.dtype}*"
    if isinstance(value, np.ndarray) and value.size == 1:
        return f"struct{value.nbytes}"
    if isinstance(value, np.generic):
        return str(value.dtype)
    return f"{type(value).__name__} (give a NumPy number or a device array)"


def _bytes(value: np.ndarray[Any, Any]) -> ctypes.Array[Any]:
    """Copy a value to memory of its own, aligned for anything."""
    raw = (ctypes.c_double * max(1, -(-value.nbytes // 8)))()
    ctypes.memmove(raw, value.tobytes(), value.nbytes)
    return raw
