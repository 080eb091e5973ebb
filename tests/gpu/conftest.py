"""The operations of `backpaint.gpu` as functions of NumPy arrays, on the emulated device."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from backpaint.gpu import (
    average_pool,
    device,
    max_pool,
    overlapping_average_pool,
    preprocess,
    relu,
    smoothness,
    squared_error,
    total_variation,
)

from ..reference.conftest import close as close
from ..reference.operations import Engine, public_functions

MODULES = (
    average_pool,
    max_pool,
    overlapping_average_pool,
    preprocess,
    relu,
    smoothness,
    squared_error,
    total_variation,
)


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
    functions = public_functions(*MODULES)
    return {
        name: on_device(function)
        for name, function in functions.items()
        if not name.startswith("launch_")
    }


@pytest.fixture(params=[0, 1], ids=["schedule 0", "schedule 1"])
def emulated(request: pytest.FixtureRequest) -> Iterator[None]:
    """Emulate a device, with threads in their own order and shuffled."""
    with device.emulate(schedule=request.param):
        yield
