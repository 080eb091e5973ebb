"""The GPU, or its stand-in on the CPU: the only module of this package that imports CuPy."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..errors import UsageError
from .kernels import source

Array = Any
"""A CuPy array, or the emulator's; CuPy has no types to check against."""

SHARED_BYTES_PLAIN = 48 << 10
"""Dynamic shared memory that a kernel may have without being asked."""

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


class Kernel:
    """A compiled kernel, ready to be launched on the current stream.

    Parameters
    ----------
    function : object
        CuPy's or the emulator's.
    """

    def __init__(self, function: Any) -> None:
        self._function = function

    def __call__(
        self,
        grid: tuple[int, ...],
        block: tuple[int, ...],
        args: tuple[Any, ...],
        shared_mem: int = 0,
    ) -> None:
        """Launch it.

        Parameters
        ----------
        grid, block : tuple of int
            Blocks, and threads a block, along one to three axes.
        args : tuple
            Device arrays, NumPy numbers of exactly the kernel's types (a Python number has 8
            bytes, whatever the kernel takes), arrays of size 1 for what goes by value.
        shared_mem : int
            Bytes of dynamic shared memory.
        """
        if shared_mem > SHARED_BYTES_PLAIN:
            self._allow(shared_mem)
        self._function(grid, block, args, shared_mem=shared_mem)

    def _allow(self, shared_mem: int) -> None:
        """Ask for more dynamic shared memory than every kernel may have."""
        if shared_mem > self._function.max_dynamic_shared_size_bytes:
            self._function.max_dynamic_shared_size_bytes = shared_mem


Key = tuple[Any, ...]
_modules: dict[Key, Any] = {}
_kernels: dict[tuple[Key, str], Kernel] = {}


def arrays() -> Any:
    """Return CuPy, or what stands in for it while a GPU is emulated.

    Raises
    ------
    UsageError
        If CuPy is not installed.
    """
    if _emulated:
        return importlib.import_module(".emulator.cupy_on_cpu", __package__)
    try:
        return importlib.import_module("cupy")
    except ImportError:
        raise UsageError(
            "the engine gpu needs CuPy, which is not installed; "
            "pip install 'backpaint[cuda12]', or 'backpaint[cuda13]' for a driver of CUDA 13"
        ) from None


def to_host(array: Array) -> NDArray[Any]:
    """Copy a device array to a NumPy array, once everything before it on the stream is done."""
    host: NDArray[Any] = arrays().asnumpy(array)
    return host


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
    from .emulator import settings, streams

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
    """Tell whether a GPU is emulated now."""
    return _emulated


def kernel(file: str, name: str, **defines: int | str) -> Kernel:
    """Compile a kernel for the current device, once.

    Parameters
    ----------
    file : str
        In ``gpu/kernels``: ``"relu.cu"``.
    name : str
        Of the ``extern "C" __global__`` function.
    **defines : int or str
        Become ``-DNAME=VALUE``.

    Raises
    ------
    UsageError
        If CUDA's compiler or its headers are not installed.
    """
    cupy = arrays()
    key = (_device_key(cupy), file, tuple(sorted(defines.items())))
    if key not in _modules:
        _modules[key] = _compile(cupy, file, defines)
    if (key, name) not in _kernels:
        _kernels[key, name] = Kernel(_modules[key].get_function(name))
    return _kernels[key, name]


def compiler_options(capability: str, defines: dict[str, int | str]) -> tuple[str, ...]:
    """Give what the compiler is told about a kernel, beside what CuPy tells it.

    Parameters
    ----------
    capability : str
        Compute capability as CuPy writes it: ``"90"``.
    defines : dict
        As of `kernel`.

    Notes
    -----
    CuPy adds the architecture too, without the ``a`` that wgmma needs.  Given both, in either
    order, NVRTC compiles for the one with it.
    """
    options = ["-std=c++17", *(f"-D{key}={value}" for key, value in sorted(defines.items()))]
    if capability == "90":
        options.append("-arch=sm_90a")
    return tuple(options)


def compiled() -> list[Key]:
    """List (device, file, defines) of everything that this process has compiled."""
    return list(_modules)


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
    runtime = arrays().cuda.runtime
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
    with arrays().cuda.Device(index):
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


def _compile(cupy: Any, file: str, defines: dict[str, int | str]) -> Any:
    options = compiler_options(cupy.cuda.Device().compute_capability, defines)
    module = cupy.RawModule(code=source(file), options=options)
    try:
        module.compile()
    except RuntimeError as error:
        why = str(error).partition("\n")[0]
        raise UsageError(
            f"CuPy cannot compile {file} here ({why}); CUDA's compiler and headers come with "
            "pip install 'backpaint[cuda12]', or 'backpaint[cuda13]' for a driver of CUDA 13"
        ) from error
    return module


def _device_key(cupy: Any) -> Any:
    return "emulated" if _emulated else cupy.cuda.Device().id
