"""Every kernel in every variant compiles for every architecture, and spills no register."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from tests.gpu.kernels.variants import VARIANTS, Defines, architectures

from backpaint.gpu.convolution.launch import ADD, BIAS, MASK, POSITIVE, RELU
from backpaint.gpu.kernels import kernel_names, source

from .nvrtc import compile_kernels

MEMORY = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
NEWEST = "sm_90a"
MOST_STEPS = (ADD + MASK, BIAS + RELU + POSITIVE)
"""Of backward and forward stages; fewer are less of the same."""
LONG = (
    *("conv_2_tiled.cu", "conv_picture.cu", "conv_sm80.cu", "conv_sm90.cu"),
    *("gram.cu", "products.cu"),
)
"""Files that take more than a second; the default run compiles them for the emulator."""
AS_CUPY_DOES = "-ftz=true"


def cases() -> Iterator[Any]:
    """List what is compiled; quick: for the newest, the first of each file that takes no second."""
    for file, variants in sorted(VARIANTS.items()):
        for defines in variants:
            for architecture in architectures(file):
                if defines.get("STEPS", MOST_STEPS[0]) not in MOST_STEPS:
                    continue
                first = defines is variants[0] and file not in LONG
                quick = architecture == NEWEST and first
                marks = [] if quick else [pytest.mark.slow]
                yield pytest.param(
                    file,
                    defines,
                    architecture,
                    id=name(file, defines, architecture),
                    marks=marks,
                )


def name(file: str, defines: Defines, architecture: str) -> str:
    return " ".join([file, *(f"{key}={value}" for key, value in defines.items()), architecture])


def test_every_file_is_compiled():
    folder = files("backpaint.gpu.kernels")
    assert {entry.name for entry in folder.iterdir() if entry.name.endswith(".cu")} == set(VARIANTS)


@pytest.mark.parametrize(("file", "defines", "architecture"), list(cases()))
def test_no_warning_and_no_local_memory(file, defines, architecture):
    text = source(file)
    options = [AS_CUPY_DOES, *(f"-D{key}={value}" for key, value in defines.items())]
    compiled = compile_kernels(file, text, architecture, options)
    assert compiled.success, compiled.log
    assert "warning" not in compiled.log, compiled.log
    assert "Performance Loss" not in compiled.log, compiled.log  # wgmma that wait for one another
    used = MEMORY.findall(compiled.log)
    assert len(used) >= len(kernel_names(text))
    assert set(used) == {("0", "0", "0")}, compiled.log


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("int unused;", "warning"),
        ("float a[64]; for (int i = 0; i < n; i++) a[i] = y[i]; y[0] = a[n / 2];", "256 bytes st"),
        ("y[0] = z;", "error"),
    ],
)
def test_what_is_refused_is_seen(line, said):
    text = f'extern "C" __global__ void f(float* y, int n) {{ {line} }}'
    assert said in compile_kernels("f.cu", text, "sm_80", []).log
