"""Every kernel in every variant compiles for every architecture, and spills no register."""

import re
from importlib.resources import files

import pytest

from backpaint.gpu.kernels import kernel_names, source
from backpaint.gpu.kernels.variants import VARIANTS, Defines, architectures

from .nvrtc import compile_kernels

MEMORY = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
CASES = [
    (file, defines, architecture)
    for file, variants in sorted(VARIANTS.items())
    for defines in variants
    for architecture in architectures(file)
]


def name(case: tuple[str, Defines, str]) -> str:
    file, defines, architecture = case
    return " ".join([file, *(f"{key}={value}" for key, value in defines.items()), architecture])


def test_every_file_is_compiled() -> None:
    folder = files("backpaint.gpu.kernels")
    assert {entry.name for entry in folder.iterdir() if entry.name.endswith(".cu")} == set(VARIANTS)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_no_warning_and_no_local_memory(case: tuple[str, Defines, str]) -> None:
    file, defines, architecture = case
    text = source(file)
    options = [f"-D{key}={value}" for key, value in defines.items()]
    compiled = compile_kernels(file, text, architecture, options)
    assert compiled.success, compiled.log
    assert "warning" not in compiled.log, compiled.log
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
def test_what_is_refused_is_seen(line: str, said: str) -> None:
    text = f'extern "C" __global__ void f(float* y, int n) {{ {line} }}'
    assert said in compile_kernels("f.cu", text, "sm_80", []).log
