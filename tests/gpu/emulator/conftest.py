"""Kernels written for one test, on the emulated device."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backpaint.gpu.device import device
from backpaint.gpu.kernels import source

Kernels = Callable[[str], Any]


def compiled(code: str, *options: str) -> Kernels:
    """Compile CUDA C++ behind the common header; find its kernels by name."""
    text = source("common.cuh") + '#line 1 "test.cu"\n' + code
    function: Kernels = device.xp().RawModule(code=text, options=options).get_function
    return function


@pytest.fixture(autouse=True)
def emulated() -> Iterator[None]:
    with device.emulate():
        yield
