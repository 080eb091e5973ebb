"""The operations of `backpaint.gpu` as functions of NumPy arrays, on the emulated device."""

import pkgutil
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.gpu.kernels.variants import VARIANTS

from backpaint.check.operations.operation import public_functions
from backpaint.errors import UsageError
from backpaint.gpu import operations
from backpaint.gpu.device import device
from backpaint.gpu.device.kernel import compiled

from ..reference.conftest import close as close
from ..reference.operations import REFERENCE, Engine

OPERATION_FILES = {function.__module__.rpartition(".")[2] for function in REFERENCE.values()}
TWINS = sorted(OPERATION_FILES & {file.name for file in pkgutil.iter_modules(operations.__path__)})
"""Operations that have a file of the same name here."""

WITHOUT_EMULATION = ("test_compile", "test_cupy", "test_instructions", "test_on_device")


REGIONS = ("gram region", "squared_error region")
"""Masks weigh positions on the host's engines alone."""


@cache
def twin_functions() -> dict[str, Callable[..., Any]]:
    """Collect the operations on the device, by name; their launchers and helpers stay out."""
    functions = public_functions(
        *(import_module(f"backpaint.gpu.operations.{name}") for name in TWINS)
    )
    return {
        name: function
        for name, function in functions.items()
        if ("_forward" in name or "_backward" in name) and not name.startswith("launch_")
    }


def on_device(function: Callable[..., Any]) -> Callable[..., Any]:
    """Copy arrays to the device and the result back, and see that the arguments stay."""

    def call(*arguments: Any) -> Any:
        sent = [
            device.xp().asarray(value) if isinstance(value, np.ndarray) else value
            for value in arguments
        ]
        result = function(*sent)
        for before, after in zip(arguments, sent, strict=True):
            if isinstance(before, np.ndarray):
                assert np.array_equal(before, device.to_host(after), equal_nan=True)
        return result if isinstance(result, float) else device.to_host(result)

    return call


@pytest.fixture
def engine() -> Engine:
    """Give the functions under test, by name."""
    return {name: on_device(function) for name, function in twin_functions().items()}


@pytest.fixture(scope="session", autouse=True)
def only_variants_that_are_compiled() -> Iterator[None]:
    """Let `test_compile.py` miss nothing: what ran emulated is in its table."""
    yield
    used = {(file, defines) for _, file, defines in compiled()}
    listed = {
        (file, tuple(sorted(defines.items())))
        for file, variants in VARIANTS.items()
        for defines in variants
    }
    assert used <= listed, f"add to tests/gpu/kernels/variants.py: {sorted(used - listed)}"


def has_gpu() -> bool:
    """Tell whether kernels can run on a real GPU."""
    try:
        device.require_device(0)
    except UsageError:
        return False
    return True


@pytest.fixture
def emulated() -> Iterator[None]:
    """Emulate a device, whose threads run in a shuffled order."""
    with device.emulate(schedule=1):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is not the GPU's; skip what needs a compiler where there is none."""
    items[:] = [item for item in items if not (_is_here(item) and _is_elsewhere(item))]
    if shutil.which("g++") is None:
        for item in filter(_is_here, items):
            if item.path.stem not in WITHOUT_EMULATION:
                item.add_marker(pytest.mark.skip(reason="the emulated GPU needs g++"))


def _is_here(item: pytest.Item) -> bool:
    return _lies_here(item.path)


@cache
def _lies_here(path: Path) -> bool:
    return Path(__file__).parent in path.parents


def _is_elsewhere(item: pytest.Item) -> bool:
    """Tell the classifier's operations, and engines of the host."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    operation, engine = given.get("operation"), given.get("any_engine")
    if engine is not None:
        return not engine.emulated
    return operation is not None and (
        operation.forward[0] not in twin_functions() or operation.name in REGIONS
    )
