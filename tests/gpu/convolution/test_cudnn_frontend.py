"""What `cudnn.py` takes of cuDNN's Python frontend, in the real one; no GPU is needed.

Two things can be seen without one: the names and arguments that exist, and, where cuDNN's libraries
are installed too, which plans it lists and builds for an H200 that is only described to it.
"""

import inspect
import json
import re
from typing import Any

import pytest

from backpaint.gpu.convolution import cudnn as cudnn_conv
from backpaint.gpu.convolution.convolution import ConvTask
from backpaint.gpu.convolution.filters import Precision
from backpaint.gpu.emulator import cudnn_on_cpu

cudnn = pytest.importorskip("cudnn", reason="nvidia-cudnn-frontend is not installed")

H200 = {
    "deviceVer": 900,
    "deviceName": "NVIDIA H200",
    "maxGridSize": [2147483647, 65535, 65535],
    "maxBlockSize": [1024, 1024, 64],
    "regsPerBlock": 65536,
    "multiProcessorCount": 132,
    "smCountOrigin": 0,
    "warpSize": 32,
    "maxSharedMemoryPerBlock": 49152,
    "maxSharedMemoryPerBlockOptin": 232448,
    "oversizedSharedMemoryPerBlock": 0,
    "reservedSharedMemoryPerBlock": 1024,
    "maxRegistersPerSM": 65536,
    "maxCtasPerSM": 32,
    "maxThreadsPerBlock": 1024,
    "maxThreadsPerSM": 2048,
    "pciDeviceId": 0,
    "isTccDriver": 0,
    "supportCoopLaunch": 1,
    "smClockRateKHz": 1980000,
    "memClockRateKHz": 3201000,
    "memoryBusWidth": 6144,
    "l2CacheSize": 62914560,
    "cudaDeviceId": 0,
    "driverVer": 12080,
    "totalGlobalMem": 150754820096,
}
"""As cuDNN 9 describes a device in JSON."""

STEPS = {"forward": ("bias", "relu", "positive"), "backward": ("mask",)}


def methods(of: type) -> list[str]:
    return [name for name, value in vars(of).items() if inspect.isfunction(value)]


def arguments(function: Any) -> set[str]:
    """Read a function's parameters: from Python, or from what pybind11 writes of C++."""
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return set(re.findall(r"[(,] ?(\w+): ", function.__doc__))


@pytest.mark.parametrize("name", [n for n in methods(cudnn_on_cpu.pygraph) if n[0] != "_"])
def test_the_stand_ins_methods_are_real(name):
    expected = arguments(getattr(cudnn_on_cpu.pygraph, name))
    if name == "tensor":
        expected = {"self", "name", "dim", "stride", "data_type", "uid"}
    positional = name.startswith(("create_", "deselect_"))  # C++ has no names for these
    assert expected <= arguments(getattr(cudnn.pygraph, name)) or positional


def test_other_names_are_real():
    for name in ("create_handle", "set_stream", "backend_version", "cudnnGraphNotSupportedError"):
        assert callable(getattr(cudnn, name))
    assert issubclass(cudnn.cudnnGraphNotSupportedError, Exception)
    assert cudnn.__version__
    assert {"FLOAT", "HALF"} <= cudnn.data_type.__members__.keys()
    assert set(cudnn_conv.REFUSED_NOTES) <= cudnn.numerical_note.__members__.keys()
    assert cudnn.heur_mode.A
    built = arguments(cudnn.pygraph.__init__)
    assert {"io_data_type", "intermediate_data_type", "compute_data_type", "handle"} <= built
    for name in ("set_output", "set_data_type", "set_uid", "set_dim", "set_stride"):
        assert callable(getattr(cudnn.tensor, name))


def task(precision: Precision, steps: tuple[str, ...]) -> ConvTask:
    dtype = "float16" if precision == "fast" else "float32"
    return ConvTask(precision, dtype, 64, 48, 128, 256, steps)


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("precision", ["tf32", "fast"])
def test_cudnn_lists_plans_for_a_described_device(precision, steps):
    try:
        described = cudnn.create_device_properties(json.dumps(H200))
    except RuntimeError as error:
        pytest.skip(f"cuDNN itself cannot be loaded: {error}")
    graph = cudnn_conv.describe(task(precision, steps), device_property=described)
    count = graph.get_execution_plan_count()
    assert count > 0
    names = {graph.get_plan_name_at_index(index) for index in range(count)}
    assert len(names) == count
    for index in range(cudnn_conv.PLANS):  # none of them needs a compiler
        graph.build_plan_at_index(index)
        assert 0 <= graph.get_workspace_size_plan_at_index(index) <= cudnn_conv.WORKSPACE_BYTES
