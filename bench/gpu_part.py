"""What the parts of `gpu.py` share: how a failure is told, a reference, a clock, an end."""

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from itertools import product
from statistics import median
from typing import Any

import numpy as np

from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.gpu.device import device

Results = Iterator[tuple[str, Any]]
REFUSED = "float16 has no room"
"""In what a preset says that divides gradients by their size."""


def attempted(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run a check; one that breaks off has not passed, and the next has its turn."""
    try:
        return check()
    except UsageError as error:
        return {"passed": REFUSED in str(error), "refused": str(error)}
    except Exception as error:
        return {"passed": False, "failed": told(error)}
    finally:
        release()


def told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def exact_gradient(problem: Any, x: np.ndarray, options: argparse.Namespace) -> np.ndarray:
    """Compute the gradient in float64: by PyTorch where there is one, else by our own kernels."""
    if torch_or_none() is not None:
        from backpaint.compare.libraries.pytorch_device import PyTorchOnDevice

        where = "cpu" if options.emulate else "cuda"
        gradient = PyTorchOnDevice(problem, "fp64", "eager", where)(x)[1]
    else:
        objective = GPUObjective(problem, device=options.device, dtype=np.float64)
        gradient = objective(x)[1]
    release()
    return gradient


def torch_event_ms(launch: Callable[[], Any], runs: int, where: str) -> float:
    """Do likewise with PyTorch's events, or with the clock where there is no device."""
    import torch

    times = []
    for _ in range(runs + (3 if where == "cuda" else 0)):
        if where == "cpu":
            clock = time.perf_counter()
            launch()
            times.append((time.perf_counter() - clock) * 1e3)
            continue
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        launch()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return median(times[3:] or times)


def release() -> None:
    """Give back what the last contestant held."""
    gc.collect()
    device.xp().get_default_memory_pool().free_all_blocks()
    torch = torch_or_none()
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def torch_or_none() -> Any:
    try:
        import torch
    except ImportError:
        return None
    return torch


def our_settings(options: argparse.Namespace) -> list[tuple[str, str]]:
    """List precisions with who chooses the kernels; cuDNN has none for exact."""
    pairs = product(options.precisions, options.tune)
    return [pair for pair in pairs if pair != ("exact", "cudnn")]


def ours(precision: str, tune: str) -> str:
    """Name one of our contestants."""
    return precision if tune == "off" else f"{precision}, tuned ({tune})"
