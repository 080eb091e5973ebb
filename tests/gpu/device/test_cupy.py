"""The real CuPy, as far as it goes without a GPU: its names, and how it compiles our kernels."""

from typing import Any

import pytest
from tests.gpu.kernels.variants import VARIANTS, architectures

from backpaint.errors import UsageError
from backpaint.gpu.device import device
from backpaint.gpu.device.kernel import compiler_options
from backpaint.gpu.emulator import cupy_on_cpu
from backpaint.gpu.kernels import source

cupy = pytest.importorskip("cupy", reason="pip install '.[cuda12]'; it needs no GPU here")

MACHINE_CODE = b"\x7fELF"
FEWEST = [(file, variants[0]) for file, variants in sorted(VARIANTS.items())]


def public(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


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
