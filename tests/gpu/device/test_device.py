"""Which device there is, what is said where there is none, and what a launch compiles."""

import subprocess
import sys
from typing import Any

import pytest

from backpaint.errors import UsageError
from backpaint.gpu.device import device
from backpaint.gpu.device import kernel as kernel_module
from backpaint.gpu.device.kernel import kernel
from backpaint.gpu.emulator import compiler, cupy_on_cpu, runtime
from backpaint.gpu.kernels import kernel_attributes, kernel_names, source


def test_the_emulated_device():
    with device.emulate((8, 6), total_bytes=1 << 30):
        assert device.is_emulated()
        found = device.require_device(0)
    assert not device.is_emulated()
    assert found.name == "emulated GPU"
    assert found.capability == (8, 6)
    assert found.total_bytes == 1 << 30
    assert 0 < found.free_bytes <= found.total_bytes


def test_emulation_within_emulation():
    with device.emulate((8, 0)):
        with device.emulate((9, 0), schedule=3):
            assert device.require_device(0).capability == (9, 0)
        assert device.require_device(0).capability == (8, 0)


def test_emulation_ends_with_an_error_in_a_capture():
    def fail() -> None:
        with device.emulate(), device.xp().cuda.Stream() as stream:
            stream.begin_capture()
            device.xp().empty(1)

    with pytest.raises(RuntimeError, match="allocated during the capture"):
        fail()
    with device.emulate():
        assert device.xp().empty(1).size == 1


def test_without_cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(UsageError, match=r"needs CuPy.*pip install '\.\[cuda12\]'"):
        device.require_device(0)


@pytest.mark.parametrize("index", [-1, 1])
def test_a_device_that_is_not_there(index):
    with (
        device.emulate(),
        pytest.raises(UsageError, match=f"device is {index}, and there is one GPU, number 0"),
    ):
        device.require_device(index)


def test_an_old_device():
    with (
        device.emulate((7, 5)),
        pytest.raises(UsageError, match=r"has compute capability 7.5; .* needs 8.0 .Ampere."),
    ):
        device.require_device(0)


@pytest.mark.parametrize(
    ("status", "said"), [(35, "no NVIDIA driver"), (100, "no GPU here"), (999, "error 999")]
)
def test_cuda_that_does_not_work(monkeypatch, status, said):
    def count() -> int:
        raise runtime.CUDARuntimeError(status)

    monkeypatch.setattr(runtime, "getDeviceCount", count)
    with device.emulate(), pytest.raises(UsageError, match=f"{said}.*the engine cpu"):
        device.require_device(0)


def test_without_a_compiler(monkeypatch):
    monkeypatch.setattr(compiler.shutil, "which", lambda name: None)
    with device.emulate(), pytest.raises(UsageError, match=r"g\+\+ on Linux.*apt install g\+\+"):
        kernel("relu.cu", "relu_forward", REAL="float", NEVER_SEEN=1)


def test_without_cudas_compiler(monkeypatch):
    def fail(_: object) -> None:
        raise RuntimeError('Failure finding "libnvrtc.so.12"\nand more')

    monkeypatch.setattr(cupy_on_cpu.RawModule, "compile", fail)
    said = r'CuPy cannot compile relu.cu here \(Failure finding "libnvrtc.so.12"\); .*cuda12'
    with device.emulate(), pytest.raises(UsageError, match=said):
        kernel("relu.cu", "relu_forward", REAL="float", WITHOUT_COMPILER=1)


def test_a_kernel_that_the_compiler_refuses():
    said = r"CUDA's compiler refuses relu.cu \(.*error: .*unheard_of.*\); .*the engine cpu$"
    with device.emulate(), pytest.raises(UsageError, match=said):
        kernel("relu.cu", "relu_forward", REAL="unheard_of")


class Recorder:
    """CuPy with a device of compute capability 9.0, as far as `kernel` looks."""

    def __init__(self, capability: str) -> None:
        self.options: tuple[str, ...] = ()
        self.cuda = type(
            "cuda",
            (),
            {"Device": lambda *_: type("", (), {"id": 0, "compute_capability": capability})},
        )

    def RawModule(self, code: str, options: tuple[str, ...]) -> Any:
        self.options = options
        with device.emulate():
            return cupy_on_cpu.RawModule(code=code, options=options)


@pytest.mark.parametrize(("capability", "arch"), [("90", ["-arch=sm_90a"]), ("80", [])])
def test_hopper_is_asked_for_by_its_full_name(monkeypatch, capability, arch):
    cupy = Recorder(capability)
    monkeypatch.setattr(kernel_module, "xp", lambda: cupy)
    monkeypatch.setattr(kernel_module, "_modules", {})
    monkeypatch.setattr(kernel_module, "_kernels", {})
    kernel("relu.cu", "relu_forward", REAL="float")
    assert cupy.options == ("-std=c++17", "-DREAL=float", *arch)


def test_a_kernel_is_compiled_once():
    with device.emulate():
        first = kernel("relu.cu", "relu_forward", REAL="float")
        assert kernel("relu.cu", "relu_forward", REAL="float") is first
        assert kernel("relu.cu", "relu_forward", REAL="double") is not first


@pytest.mark.slow
def test_two_processes_compile_at_once(tmp_path):
    program = (
        "from backpaint.gpu.device.device import emulate\n"
        "from backpaint.gpu.device.kernel import kernel\n"
        "with emulate():\n"
        "    kernel('finish_sum.cu', 'finish_sum')\n"
    )
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    both = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    (library,) = (tmp_path / "backpaint" / "emulator").iterdir()
    assert library.suffix == ".so"


def test_a_source_is_one_text_that_knows_its_lines():
    text = source("relu.cu")
    assert kernel_names(text) == ["relu_forward", "relu_backward"]
    assert '#line 1 "common.cuh"' in text
    assert text.splitlines().count('#line 3 "relu.cu"') == 1  # behind the header
    assert text.count("struct Place {") == source("total_variation.cu").count("struct Place {") == 1


def test_what_stands_before_a_kernels_name_is_kept():
    text = source("conv_sm90.cu")
    assert kernel_attributes(text) == {"conv_sm90": "IN_CLUSTERS __launch_bounds__(THREADS, 1)"}
    assert kernel_attributes(source("relu.cu")) == {"relu_forward": "", "relu_backward": ""}
