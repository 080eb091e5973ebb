"""The four parts of `gpu.py`: each yields its results one by one, as soon as they are known."""

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from statistics import median
from typing import Any

import numpy as np
from gpu_problem import flops, make_problem, start
from scipy.optimize import fmin_l_bfgs_b

from backpaint.check import Plan, Result
from backpaint.check.presets import preset_problem
from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective, device
from backpaint.gpu.conv_filters import Filters, Precision, prepare_filters
from backpaint.gpu.conv_launch import launch_conv
from backpaint.gpu.convolution import ConvTask, Way, WayRefused, own_ways, task_of
from backpaint.gpu.cudnn_conv import cudnn_ways, open_cudnn
from backpaint.gpu.timing import event_ms
from backpaint.pixels import to_variable
from backpaint.presets import preset_names
from backpaint.reference.objective import ReferenceObjective

Results = Iterator[tuple[str, Any]]
COSINE = 0.99
CONVOLUTIONS: dict[Precision, float] = {"exact": 2e-6, "split": 4e-6, "tf32": 1e-3, "fast": 2e-3}
"""Tolerances by precision, as a share of the greatest value."""
REFUSED = "float16 has no room"
"""In what a preset says that divides gradients by their size."""
COPY_BYTES, PRODUCT = 4 << 30, 8192


def checks(options: argparse.Namespace) -> Results:
    """Compare operations, and presets in every precision, with the reference, at fresh pictures."""
    yield from check_operations()
    yield from check_convolutions(options)
    seed = (
        int(np.random.SeedSequence().generate_state(1)[0]) if options.seed is None else options.seed
    )
    names = ["pytorch-tutorial"] if options.emulate else preset_names()
    for name in names:
        problem = preset_problem(name)
        pixels = np.random.default_rng(seed).uniform(0, 255, (*problem.shape, 3))
        x = to_variable(pixels, problem.recipe.variable)
        expected = ReferenceObjective(problem).evaluate(x).gradient
        check = partial(check_preset, problem, x, expected, seed)
        yield f"preset {name} float64", attempted(partial(check, dtype=np.float64))
        for precision, tune in our_settings(options):
            row = attempted(partial(check, precision=precision, tune=tune))
            yield f"preset {name} {ours(precision, tune)}", row


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


def check_operations() -> Results:
    """Compare every operation with the reference."""
    for subject, proof in Plan(engines=["gpu"], dtypes=["float32"], presets=[]).proofs():

        def check(proof: Callable[[], Result] = proof) -> dict[str, Any]:
            found = proof()
            return {"passed": found.passed, "error": found.error, "tolerance": found.tolerance}

        yield f"operation {subject}", attempted(check)


def check_convolutions(options: argparse.Namespace) -> Results:
    """Compare every way of every precision with float64, on a map that no tile divides."""
    rng = np.random.default_rng(options.seed)
    height, width, channels, filters = (5, 19, 64, 64) if options.emulate else (61, 83, 128, 256)
    x = rng.standard_normal((height, width, channels)).astype(np.float32).astype(np.float64)
    w = (rng.standard_normal((3, 3, channels, filters)) / 20).astype(np.float32).astype(np.float64)
    xp = device.arrays()
    exact = xp.empty((height, width, filters), np.float64)
    launch_conv(xp.asarray(x), prepare_filters(xp.asarray(w), "exact"), exact)
    expected = device.to_host(exact)
    for precision, tolerance in CONVOLUTIONS.items():
        stored = np.float16 if precision == "fast" else np.float32
        prepared = prepare_filters(w.astype(np.float32), precision)
        sent = xp.asarray(x.astype(stored))
        for way in ways_to_check(task_of(sent, prepared, {}), prepared, options):
            check = partial(check_way, way, sent, prepared, expected, tolerance)
            yield f"convolution {precision} {way.label}", attempted(check)


def ways_to_check(task: ConvTask, filters: Filters, options: argparse.Namespace) -> Iterator[Way]:
    """List our tiles and, if it is measured too, the plans of cuDNN."""
    yield from own_ways(task, filters)
    if "cudnn" in options.tune:
        open_cudnn()
        yield from cudnn_ways(task, filters)


def check_way(
    way: Way, x: Any, filters: Filters, expected: np.ndarray, tolerance: float
) -> dict[str, Any]:
    try:
        workspace = device.arrays().empty(way.workspace_bytes, np.uint8)
    except WayRefused as error:
        return {"passed": True, "refused": told(error)}
    out = device.arrays().zeros(expected.shape, x.dtype)
    out.view(np.uint8).fill(0xFF)  # NaN, so that what is not written is seen
    way(x, filters, out, workspace=workspace)
    found = device.to_host(out).astype(np.float64)
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    return {"passed": error <= tolerance, "error": error, "tolerance": tolerance}


def check_preset(
    problem: Any, x: np.ndarray, expected: np.ndarray, seed: int, **settings: Any
) -> dict[str, Any]:
    """Evaluate launch by launch and by the graph, twice; compare bits, then with the reference."""
    objective = GPUObjective(problem, **settings)
    found = [objective.evaluate(x).gradient for _ in range(3)]
    same = all(np.array_equal(found[0], again) for again in found[1:])
    error = float(np.abs(found[0] - expected).max() / np.abs(expected).max())
    cosine = float(
        (found[0] * expected).sum() / np.linalg.norm(found[0]) / np.linalg.norm(expected)
    )
    bound = {"exact": 1e-4, None: 1e-10}.get(settings.get("precision"), np.inf)
    return {
        "passed": bool(same and error <= bound and cosine > COSINE),
        "same_bits": same,
        "error": error,
        "cosine": cosine,
        "seed": seed,
    }


def ceilings(options: argparse.Namespace) -> Results:
    """Measure what the device can do at best: a large copy, large matrix products."""
    xp = device.arrays()
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


def our_settings(options: argparse.Namespace) -> list[tuple[str, str]]:
    """List precisions with who chooses the kernels; cuDNN has none for exact."""
    pairs = product(options.precisions, options.tune)
    return [pair for pair in pairs if pair != ("exact", "cudnn")]


def ours(precision: str, tune: str) -> str:
    """Name one of our contestants."""
    return precision if tune == "off" else f"{precision}, tuned ({tune})"


def time_ours(
    problem: Any, x: np.ndarray, precision: str, tune: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Time replays of the graph; wall time includes the wait for the loss."""
    pool = device.arrays().get_default_memory_pool()
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
    from torch_gatys import TorchGatys

    where = "cpu" if options.emulate else "cuda"
    if where == "cuda":
        torch.cuda.reset_peak_memory_stats()
    begin = time.perf_counter()
    function = TorchGatys(problem, precision, mode, where)
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


def lbfgs(options: argparse.Namespace) -> Results:
    """Run L-BFGS from the content, end to end, at the first size."""
    size = options.sizes[0]
    problem = make_problem(size, shallow=options.emulate)
    runs: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        (f"ours {precision}, on the device", partial(descend_on_device, problem, p, options))
        for precision in options.precisions
        for p in [precision]
    ]
    if torch_or_none() is not None:
        runs += [
            ("PyTorch tf32, torch.optim.LBFGS", partial(descend_with_torch, problem, options)),
            ("PyTorch tf32, fmin_l_bfgs_b", partial(descend_with_scipy, problem, options)),
        ]
    for name, descend in runs:
        try:
            row = descend() | {"iterations": options.iterations}
        except Exception as error:
            row = {"failed": told(error)}
        release()
        yield f"{size} {name}", row


def descend_on_device(problem: Any, precision: str, options: argparse.Namespace) -> dict[str, Any]:
    from msgspec.structs import replace

    from backpaint.gpu.lbfgs import minimize
    from backpaint.recipe import LBFGSB

    limit = LBFGSB(iterations=options.iterations, factr=0.0, pgtol=0.0)
    recipe = replace(problem.recipe, optimizer=limit)
    objective = GPUObjective(problem, precision, options.device)
    objective.evaluate(problem.content)
    objective.evaluate(problem.content)  # the graph is there

    class Function:
        point, gradient = objective.point, objective.gradient

        def evaluate(self) -> tuple[float, float]:
            terms, length = objective.evaluate_in_place()
            return sum(terms.values()), length

    assert isinstance(recipe.optimizer, LBFGSB)
    begin = time.perf_counter()
    with objective.at_work():
        objective.point.set(problem.content.ravel().astype(np.float32))
        finished = minimize(Function(), recipe.optimizer)
        device.to_host(objective.point)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "evaluations": finished.evaluations, "loss": finished.loss}


def descend_with_torch(problem: Any, options: argparse.Namespace) -> dict[str, Any]:
    """`torch.optim.LBFGS` with as many pairs, and its strong Wolfe line search."""
    import torch
    from torch_gatys import TorchGatys

    function = TorchGatys(problem, "tf32", "eager", "cpu" if options.emulate else "cuda")
    function.set(problem.content.ravel())
    function.evaluate()
    optimizer = torch.optim.LBFGS(
        [function.picture],
        max_iter=options.iterations,
        max_eval=10 * options.iterations,
        history_size=10,
        tolerance_grad=0.0,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )
    evaluations = [0]

    def closure() -> torch.Tensor:
        evaluations[0] += 1
        return function.evaluate()

    begin = time.perf_counter()
    optimizer.step(closure)
    loss = float(function.evaluate().detach())
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "evaluations": evaluations[0], "loss": loss}


def descend_with_scipy(problem: Any, options: argparse.Namespace) -> dict[str, Any]:
    """SciPy's L-BFGS-B on the host, PyTorch on the device."""
    from torch_gatys import TorchGatys

    function = TorchGatys(problem, "tf32", "eager", "cpu" if options.emulate else "cuda")
    x = problem.content.ravel()
    function(x)
    limits = {"maxiter": options.iterations, "maxfun": 10 * options.iterations}
    begin = time.perf_counter()
    _, loss, info = fmin_l_bfgs_b(function, x, factr=0, pgtol=0, **limits)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "evaluations": info["funcalls"], "loss": float(loss)}


def exact_gradient(problem: Any, x: np.ndarray, options: argparse.Namespace) -> np.ndarray:
    """Compute the gradient in float64: by PyTorch where there is one, else by our own kernels."""
    if torch_or_none() is not None:
        from torch_gatys import TorchGatys

        where = "cpu" if options.emulate else "cuda"
        gradient = TorchGatys(problem, "fp64", "eager", where)(x)[1]
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
    device.arrays().get_default_memory_pool().free_all_blocks()
    torch = torch_or_none()
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def torch_or_none() -> Any:
    try:
        import torch
    except ImportError:
        return None
    return torch
