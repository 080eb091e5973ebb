"""The operations of the engine `gpu`: arrays go to the device, and the result comes back."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

import numpy as np

from ...gpu.device import device
from .implementation import Implementation

FILES = (
    "conv",
    "relu",
    "max_pool",
    "average_pool",
    "overlapping_average_pool",
    "gram",
    "squared_error",
    "preprocess",
    "total_variation",
    "smoothness",
)
"""Those of `backpaint.gpu.operations` that have the names of `backpaint.reference`."""


def on_device(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of device arrays take and return NumPy arrays."""

    @wraps(function)
    def call(*arguments: Any) -> Any:
        sent = (
            device.xp().asarray(value) if isinstance(value, np.ndarray) else value
            for value in arguments
        )
        result = function(*sent)
        return result if isinstance(result, float) else device.to_host(result)

    return call


def _functions() -> dict[str, Callable[..., Any]]:
    modules = [import_module(f"backpaint.gpu.operations.{file}") for file in FILES]
    return {
        name: on_device(function)
        for module in modules
        for name, function in vars(module).items()
        if "_forward" in name or "_backward" in name
        if not name.startswith("launch_") and callable(function)
    }


IMPLEMENTATIONS = (Implementation("gpu", _functions()),)
