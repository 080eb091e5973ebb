"""The operations of `backpaint.gpu` as functions of NumPy arrays, on the emulated device."""

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from backpaint import gpu
from backpaint.gpu import device

from ..reference.conftest import close as close
from ..reference.operations import REFERENCE, Engine, public_functions

OPERATION_FILES = {function.__module__.rpartition(".")[2] for function in REFERENCE.values()}
TWINS = sorted(OPERATION_FILES & {file.name for file in pkgutil.iter_modules(gpu.__path__)})
"""Operations that have a file of the same name here."""


def twin_functions() -> dict[str, Callable[..., Any]]:
    """Collect the operations on the device, by name."""
    functions = public_functions(*(import_module(f"backpaint.gpu.{name}") for name in TWINS))
    return {name: f for name, f in functions.items() if not name.startswith("launch_")}


def on_device(function: Callable[..., Any]) -> Callable[..., Any]:
    """Copy arrays to the device and the result back, and see that the arguments stay."""

    def call(*arguments: Any) -> Any:
        sent = [
            device.arrays().asarray(value) if isinstance(value, np.ndarray) else value
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


@pytest.fixture
def emulated() -> Iterator[None]:
    """Emulate a device, whose threads run in a shuffled order."""
    with device.emulate(schedule=1):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the operations that only a classifier needs; the device has none."""
    have = twin_functions()
    items[:] = [item for item in items if not _elsewhere(item, have)]


def _elsewhere(item: pytest.Item, have: dict[str, Any]) -> bool:
    operation = getattr(item, "callspec", None) and item.callspec.params.get("operation")
    here = "tests/gpu/" in item.nodeid
    return bool(here and operation and operation.forward[0] not in have)
