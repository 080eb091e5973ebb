"""How fast is it? The device's own ceilings, then ours and PyTorch's in turn."""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from gpu_part import (
    Results,
    exact_gradient,
    our_settings,
    ours,
    release,
    told,
    torch_event_ms,
    torch_or_none,
)
from gpu_problem import make_problem

from backpaint.compare.subject.scene import flops, start
from backpaint.gpu import GPUObjective
from backpaint.gpu.device import device
from backpaint.gpu.device.timing import event_ms

COPY_BYTES, PRODUCT = 4 << 30, 8192


def ceilings(options: argparse.Namespace) -> Results:
    """Measure what the device can do at best: a large copy, large matrix products."""
    xp = device.xp()
    size = (1 << 20) if options.emulate else COPY_BYTES
    a, b = xp.zeros(size // 4, np.float32), xp.zeros(size // 4, np.float32)

    def copy() -> None:
        b[...] = a

    yield "copy_gb_per_s", 2 * size / event_ms(copy, options.runs) / 1e6
    torch = torch_or_none()
    if torch is None:
        return
    side = 256 if options.emulate else PRODUCT
    where = "cpu" if options.emulate else "cuda"
    for name, dtype, tf32 in (
        ("fp32", torch.float32, False),
        ("tf32", torch.float32, True),
        ("fp16", torch.float16, True),
    ):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        left, right = (torch.randn(side, side, device=where).to(dtype) for _ in range(2))
        multiply = partial(torch.matmul, left, right)
        ms = torch_event_ms(multiply, options.runs, where)
        yield f"{name}_tflop_per_s", 2 * side**3 / ms / 1e9


def speed(options: argparse.Namespace) -> Results:
    """Time one loss and gradient of everybody, in turn, in rounds."""
    for size in options.sizes:
        problem = make_problem(size, shallow=options.emulate)
        x = start(problem)
        exact = exact_gradient(problem, x, options)
        rows: dict[str, dict[str, Any]] = {}
        for turn in range(options.rounds):
            for name, measure in contestants(problem, x, turn, options):
                try:
                    row = measure()
                    row |= compare(row.pop("gradient"), exact)
                except Exception as error:
                    row = {"failed": told(error)}
                finally:
                    release()
                known = rows.get(name, row)
                if row.get("event_ms", np.inf) <= known.get("event_ms", np.inf):
                    rows[name] = row
                yield str(size), {"gflop": flops(problem) / 1e9, "rows": rows}


def compare(gradient: np.ndarray, exact: np.ndarray) -> dict[str, float | None]:
    """Tell how far a gradient is off; nothing of one that is not finite, as of plain float16."""
    if not np.isfinite(gradient).all():
        return {"error": None, "cosine": None}
    return {
        "error": float(np.abs(gradient - exact).max() / np.abs(exact).max()),
        "cosine": float(gradient @ exact / np.linalg.norm(gradient) / np.linalg.norm(exact)),
    }


def contestants(
    problem: Any, x: np.ndarray, turn: int, options: argparse.Namespace
) -> list[tuple[str, Callable[[], dict[str, Any]]]]:
    """List who is timed in a round, and how; what takes a minute to compile comes once."""
    listed: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        (f"ours {ours(precision, tune)}", partial(time_ours, problem, x, precision, tune, options))
        for precision, tune in our_settings(options)
    ]
    if torch_or_none() is None:
        return listed
    for mode in options.modes:
        if mode == "compiled" and (turn > 0 or problem.shape[0] != options.sizes[0]):
            continue
        for precision in options.torch:
            measure = partial(time_torch, problem, x, precision, mode, options)
            listed.append((f"PyTorch {precision} {mode}", measure))
    return listed


def time_ours(
    problem: Any, x: np.ndarray, precision: str, tune: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Time replays of the graph; wall time includes the wait for the loss."""
    pool = device.xp().get_default_memory_pool()
    before, begin = pool.used_bytes(), time.perf_counter()
    objective = GPUObjective(problem, precision, options.device, tune=tune)
    gradient = objective.evaluate(x.reshape(objective.shape)).gradient.ravel()
    objective.evaluate_in_place()
    setup = time.perf_counter() - begin
    with objective.at_work():
        ms = event_ms(objective.enqueue, options.runs)
    begin = time.perf_counter()
    for _ in range(options.runs):
        objective.evaluate_in_place()
    wall = (time.perf_counter() - begin) / options.runs * 1e3
    used = pool.used_bytes() - before
    return {
        "event_ms": ms,
        "wall_ms": wall,
        "setup_s": setup,
        "memory_gb": used / 1e9,
        "gradient": gradient,
    }


def time_torch(
    problem: Any, x: np.ndarray, precision: str, mode: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Time PyTorch; wall time includes the wait for the loss."""
    import torch

    from backpaint.compare.libraries.pytorch_device import PyTorchOnDevice

    where = "cpu" if options.emulate else "cuda"
    if where == "cuda":
        torch.cuda.reset_peak_memory_stats()
    begin = time.perf_counter()
    function = PyTorchOnDevice(problem, precision, mode, where)
    function.set(x)
    for _ in range(1 if options.emulate else 3):
        function.evaluate()
    gradient = function.gradient()
    setup = time.perf_counter() - begin
    ms = torch_event_ms(function.evaluate, options.runs, where)
    begin = time.perf_counter()
    for _ in range(options.runs):
        float(function.evaluate().detach())
    wall = (time.perf_counter() - begin) / options.runs * 1e3
    peak = torch.cuda.max_memory_allocated() if where == "cuda" else 0
    return {
        "event_ms": ms,
        "wall_ms": wall,
        "setup_s": setup,
        "memory_gb": peak / 1e9,
        "gradient": gradient,
    }
