"""The real CuPy, as far as it goes without a GPU: its names, and how it compiles our kernels."""

import inspect
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.gpu.kernels.variants import VARIANTS, architectures

from backpaint.errors import UsageError
from backpaint.gpu.device import device
from backpaint.gpu.device.kernel import compiler_options
from backpaint.gpu.emulator import cupy_on_cpu
from backpaint.gpu.kernels import source

from ..emulator.array_calls import CALLS, SHAPE, outcome
from .names_of_cupy import names_in_use

cupy = pytest.importorskip("cupy", reason="pip install '.[cuda12]'; it needs no GPU here")

MACHINE_CODE = b"\x7fELF"
FEWEST = [(file, variants[0]) for file, variants in sorted(VARIANTS.items())]


def public(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


CALLABLES = [
    *("asarray", "ascontiguousarray", "asnumpy", "empty", "empty_like", "zeros", "zeros_like"),
    *("get_default_memory_pool", "RawModule", "RawModule.compile", "RawModule.get_function"),
    *("RawKernel.__call__", "cuda.get_current_stream", "cuda.get_elapsed_time"),
    *(f"ndarray.{name}" for name in ("reshape", "ravel", "transpose", "view", "astype", "copy")),
    *(f"ndarray.{name}" for name in ("fill", "set", "get", "item")),
    *("cuda.Stream", "cuda.Stream.use", "cuda.Stream.begin_capture", "cuda.Stream.end_capture"),
    *("cuda.Stream.is_capturing", "cuda.Stream.synchronize", "cuda.Stream.wait_event"),
    *("cuda.Graph.launch", "cuda.Graph.upload", "cuda.Event", "cuda.Event.record"),
    *("cuda.Event.synchronize", "cuda.Device.use", "cuda.Device.synchronize"),
    *(f"cuda.MemoryPool.{name}" for name in ("used_bytes", "total_bytes", "free_all_blocks")),
    *("cuda.runtime.getDeviceCount", "cuda.runtime.getDevice", "cuda.runtime.memGetInfo"),
    *("cuda.runtime.getDeviceProperties", "cuda.runtime.deviceSynchronize"),
    *("cuda.runtime.driverGetVersion", "cuda.runtime.runtimeGetVersion"),
]
"""All that the emulator offers to call, but `cuda.Device`: CuPy does not tell its parameters."""


def find(module: Any, dotted: str) -> Any:
    return reduce(getattr, dotted.split("."), module)


class Parameters(NamedTuple):
    """Names of parameters in their order, and of those that must be named."""

    in_place: list[str]
    by_name: list[str]


def parameters(function: Any) -> Parameters:
    """List parameters by the signature, or by the first line that a compiled function has."""
    try:
        found = inspect.signature(function)
    except ValueError:
        found = None
    if found is None or [*found.parameters][-2:] == ["args", "kwargs"]:
        inside = function.__doc__.partition("\n")[0].partition("(")[2].partition(")")[0]
        text = ",".join(part.partition("=")[0].split()[-1] for part in inside.split(",") if part)
        places, _, named = text.partition("*,")
    else:
        every = [*found.parameters.values()]
        places = ",".join(p.name for p in every if p.kind is not p.KEYWORD_ONLY)
        named = ",".join(p.name for p in every if p.kind is p.KEYWORD_ONLY)
    listed = (names.replace("*", "").split(",") for names in (places, named))
    return Parameters(*([name for name in names if name not in ("self", "")] for names in listed))


@pytest.mark.parametrize("dotted", CALLABLES)
def test_what_the_emulator_takes_cupy_takes_in_the_same_place(dotted):
    own, real = parameters(find(cupy_on_cpu, dotted)), parameters(find(cupy, dotted))
    assert own.in_place == real.in_place[: len(own.in_place)]
    assert {*own.by_name} <= {*real.in_place, *real.by_name} or "kwargs" in real.in_place


@pytest.mark.parametrize("dotted", names_in_use())
def test_what_the_engine_uses_is_there(dotted):
    assert find(cupy, dotted) is not None
    assert find(cupy_on_cpu, dotted) is not None


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_what_the_table_says(name):
    """An array of CuPy on memory of the host: good for everything that no device is asked for."""
    host = np.zeros(SHAPE, np.float32)
    memory = cupy.cuda.UnownedMemory(host.ctypes.data, host.nbytes, host, device_id=0)
    a = cupy.ndarray(SHAPE, host.dtype, cupy.cuda.MemoryPointer(memory, 0))
    errors = cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError
    assert outcome(CALLS[name], cupy, a, errors) == CALLS[name].comes_to


def test_arrays_keep_the_order_of_axes():
    """As `empty_as` in the emulator does; the memory is the host's."""
    kept = []

    def allocate(size: int) -> Any:
        kept.append(np.empty(size, np.uint8))
        place = cupy.cuda.UnownedMemory(kept[-1].ctypes.data, size, kept[-1], device_id=0)
        return cupy.cuda.MemoryPointer(place, 0)

    with cupy.cuda.using_allocator(allocate):
        a = cupy.empty((2, 3, 4), np.float32)
        assert cupy.empty_like(a.T).strides == a.T.strides
        assert cupy.empty_like(a.transpose(0, 2, 1)).strides == (48, 4, 16)
        assert cupy.empty_like(a[:, ::2]).strides == (32, 16, 4)


@pytest.mark.parametrize(
    ("emulated", "real"),
    [
        (cupy_on_cpu, cupy),
        (cupy_on_cpu.cuda, cupy.cuda),
        (cupy_on_cpu.cuda.Device, cupy.cuda.Device),
        (cupy_on_cpu.cuda.Event, cupy.cuda.Event),
        (cupy_on_cpu.cuda.Graph, cupy.cuda.Graph),
        (cupy_on_cpu.cuda.MemoryPool, cupy.cuda.MemoryPool),
        (cupy_on_cpu.cuda.memory, cupy.cuda.memory),
        (cupy_on_cpu.RawModule, cupy.RawModule),
    ],
)
def test_the_emulator_has_no_name_that_cupy_lacks(emulated, real):
    names = set(getattr(emulated, "__all__", public(emulated)))
    assert names <= public(real)


def test_arrays_streams_and_kernels_have_no_names_of_their_own():
    assert public(cupy_on_cpu.ndarray) <= public(cupy.ndarray) | {"host", "allocation"}
    assert public(cupy_on_cpu.cuda.Stream) <= public(cupy.cuda.Stream) | {"issue", "ptr"}
    assert cupy.ndarray.__hash__ is None
    assert "max_dynamic_shared_size_bytes" in public(cupy.RawKernel)
    for name in ("getDeviceCount", "getDeviceProperties", "memGetInfo", "CUDARuntimeError"):
        assert hasattr(cupy.cuda.runtime, name)
    assert not issubclass(cupy.cuda.compiler.CompileException, RuntimeError)  # kernel.py names both


def test_a_machine_without_a_driver_is_one_sentence():
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        with pytest.raises(UsageError, match=r"no NVIDIA driver|no GPU|cannot use CUDA"):
            device.require_device(0)
    else:
        pytest.skip("there is a driver here")


@pytest.mark.parametrize(("file", "defines"), FEWEST, ids=[file for file, _ in FEWEST])
def test_cupy_compiles_every_file(file, defines, monkeypatch):
    """Go the way of `RawModule`, which adds options of its own, another -arch among them."""
    compiler = pytest.importorskip("cupy.cuda.compiler")
    given: list[Any] = []

    def stop(text: str, options: tuple[str, ...], **_: Any) -> None:
        given.extend((text, options))
        raise InterruptedError

    monkeypatch.setattr(compiler, "_compile_module_with_cache", stop)
    monkeypatch.setattr(
        compiler, "_get_arch_for_options_for_nvrtc", lambda arch: (f"-arch=sm_{arch}", "cubin")
    )
    for architecture in architectures(file):
        number = architecture.strip("sm_a")
        given.clear()
        options = compiler_options(number, defines)
        with pytest.raises(InterruptedError):
            cupy._core.core.compile_with_cache(
                source(file), options, arch=number, prepend_cupy_headers=False
            )
        text, options = given
        options = (*options, "-ftz=true")  # as `_compile_with_cache_cuda` does
        code, _ = compiler._compile_using_nvrtc_no_warning(text, options, number)
        assert code.startswith(MACHINE_CODE)
