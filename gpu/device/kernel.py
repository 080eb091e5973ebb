"""Compile a kernel for the current device, and launch it on the current stream."""

from typing import Any

from ...errors import UsageError
from ..kernels import source
from .device import is_emulated, xp

CUDA_TYPES = {"float16": "__half", "float32": "float", "float64": "double"}
"""The names that dtypes have in a kernel."""

SHARED_BYTES_PLAIN = 48 << 10
"""Dynamic shared memory that a kernel may have without being asked."""


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
        If CUDA's compiler or its headers are not installed, or the compiler refuses the kernel.
    """
    key = (_device_key(), file, tuple(sorted(defines.items())))
    if key not in _modules:
        _modules[key] = _compile(file, defines)
    if (key, name) not in _kernels:
        _kernels[key, name] = Kernel(_modules[key].get_function(name))
    return _kernels[key, name]


def compiler_options(capability: str, defines: dict[str, int | str]) -> tuple[str, ...]:
    """Return what the compiler is told about a kernel, beside what CuPy tells it.

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


def _compile(file: str, defines: dict[str, int | str]) -> Any:
    options = compiler_options(xp().cuda.Device().compute_capability, defines)
    module = xp().RawModule(code=source(file), options=options)
    try:
        module.compile()
    except xp().cuda.compiler.CompileException as error:
        lines = str(error).splitlines()
        why = next((line for line in lines if "error" in line), lines[0])
        raise UsageError(
            f"CUDA's compiler refuses {file} ({why.strip()}); install another version of "
            "nvidia-cuda-nvrtc, or choose the engine cpu"
        ) from error
    except RuntimeError as error:
        why = str(error).partition("\n")[0]
        raise UsageError(
            f"CuPy cannot compile {file} here ({why}); CUDA's compiler and headers come with "
            "pip install '.[cuda12]' in a clone, or '.[cuda13]' for a driver of CUDA 13"
        ) from error
    return module


def _device_key() -> Any:
    return "emulated" if is_emulated() else xp().cuda.Device().id
