"""The GPU, or its stand-in on the CPU: the only module of this package that imports CuPy."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...errors import UsageError

Array = Any
"""A CuPy array, or the emulator's; CuPy has no types to check against."""

OLDEST_CAPABILITY = (8, 0)

_emulated = False


@dataclass(frozen=True)
class DeviceInfo:
    """A GPU that can be used.

    Attributes
    ----------
    name : str
    capability : tuple of int
        Compute capability: (8, 0), (9, 0), ...
    total_bytes, free_bytes : int
        Its memory.
    processors : int
        Streaming multiprocessors.
    """

    name: str
    capability: tuple[int, int]
    total_bytes: int
    free_bytes: int
    processors: int


def xp() -> Any:
    """Return CuPy, or what stands in for it while a GPU is emulated.

    Raises
    ------
    UsageError
        If CuPy is not installed.
    """
    if _emulated:
        return importlib.import_module("..emulator.cupy_on_cpu", __package__)
    try:
        return importlib.import_module("cupy")
    except ImportError:
        raise UsageError(
            "the engine gpu needs CuPy, which is not installed; "
            "pip install '.[cuda12]' in a clone, or '.[cuda13]' for a driver of CUDA 13"
        ) from None


def to_host(array: Array) -> NDArray[Any]:
    """Copy a device array to a NumPy array, once everything before it on the stream is done."""
    host: NDArray[Any] = xp().asnumpy(array)
    return host


def to_device(host: NDArray[Any], dtype: DTypeLike | None = None) -> Array:
    """Copy an array of the host to the device, in one piece.

    CuPy's `asarray` would keep columns together where the host does, which no kernel can read.
    """
    return xp().asarray(np.ascontiguousarray(host, dtype))


@contextmanager
def emulate(
    capability: tuple[int, int] = (9, 0), schedule: int = 0, total_bytes: int = 8 << 30
) -> Iterator[None]:
    """Run everything on the emulated device within a ``with`` block, in all threads.

    Parameters
    ----------
    capability, schedule, total_bytes
        See `emulator.settings.Settings`.
    """
    global _emulated
    from ..emulator import settings, streams

    before = _emulated, vars(settings.current).copy()
    _emulated = True
    vars(settings.current).update(capability=capability, schedule=schedule, total_bytes=total_bytes)
    try:
        yield
    finally:
        streams.abandon_capture()
        _emulated = before[0]
        vars(settings.current).update(before[1])


def is_emulated() -> bool:
    """Whether a GPU is emulated now."""
    return _emulated


def require_device(index: int) -> DeviceInfo:
    """Find a GPU that the kernels can run on.

    Parameters
    ----------
    index : int
        Its number, from 0.

    Raises
    ------
    UsageError
        If there is no CuPy, no driver, no such GPU, or it is too old.
    """
    runtime = xp().cuda.runtime
    count = _count_devices(runtime)
    if not 0 <= index < count:
        have = "there is one GPU, number 0" if count == 1 else f"there are {count} GPUs, from 0 on"
        raise UsageError(f"device is {index}, and {have}")
    properties = runtime.getDeviceProperties(index)
    capability = (int(properties["major"]), int(properties["minor"]))
    name = properties["name"].decode()
    if capability < OLDEST_CAPABILITY:
        raise UsageError(
            f"device {index} ({name}) has compute capability {capability[0]}.{capability[1]}; "
            "the engine gpu needs 8.0 (Ampere) or later, the engine cpu needs no GPU"
        )
    with xp().cuda.Device(index):
        free, total = runtime.memGetInfo()
    return DeviceInfo(name, capability, int(total), int(free), properties["multiProcessorCount"])


NO_DRIVER, NO_DEVICE = 35, 100  # cudaErrorInsufficientDriver, cudaErrorNoDevice


def _count_devices(runtime: Any) -> int:
    try:
        return int(runtime.getDeviceCount())
    except runtime.CUDARuntimeError as error:
        if error.status == NO_DRIVER:
            raise UsageError(
                "the engine gpu found no NVIDIA driver, or one that is older than the installed "
                "CuPy; install a newer driver, or choose the engine cpu"
            ) from None
        if error.status == NO_DEVICE:
            raise UsageError(
                "the engine gpu found no GPU here; choose the engine cpu, or --emulate to try "
                "the GPU's code on the processor"
            ) from None
        raise UsageError(
            f"the engine gpu cannot use CUDA here ({error}); choose the engine cpu"
        ) from None
