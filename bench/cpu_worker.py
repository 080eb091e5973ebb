"""One engine in a process of its own, which does what its parent says, line by line.

    python bench/cpu_worker.py ENGINE HEIGHT WIDTH THREADS

Lines on its input: ``evaluate``, ``profile``, ``lbfgs ITERATIONS``.  It answers each with one line
of JSON.  See `cpu.py`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ENGINE, HEIGHT, WIDTH, THREADS = sys.argv[1], *(int(word) for word in sys.argv[2:5])
os.environ.update(OMP_NUM_THREADS=str(THREADS), OPENBLAS_NUM_THREADS=str(THREADS))

import numpy as np  # noqa: E402  (the thread limits must be set before)

from backpaint.examples import example_path  # noqa: E402
from backpaint.images.read import read_image  # noqa: E402
from backpaint.images.resize import resize  # noqa: E402
from backpaint.presets import load_preset  # noqa: E402
from backpaint.problem.problem import Problem  # noqa: E402
from backpaint.weights import load_weights  # noqa: E402

LossAndGradient = Callable[[np.ndarray], tuple[float, np.ndarray]]


def make_problem(height: int, width: int) -> Problem:
    """The preset `gatys`: the built-in cat in the style of the built-in swirls."""
    content, style = (
        np.clip(resize(read_image(example_path(name)).pixels, height, width), 0, 255)
        for name in ("cat", "swirls")
    )
    recipe = load_preset("gatys")
    weights = load_weights(recipe.weights)
    return Problem(recipe, weights, content, (style,), (1.0,), (height, width))


def build(problem: Problem) -> LossAndGradient:
    """Make the engine's function of a flat picture."""
    if ENGINE.startswith("cpu"):
        from backpaint.cpu import CPUObjective

        return CPUObjective(problem, threads=THREADS, exact="exact" in ENGINE)
    import torch
    from pytorch_gatys import PyTorchGatys

    torch.set_num_threads(THREADS)
    return PyTorchGatys(
        problem,
        channels_last="channels_last" in ENGINE,
        compile_options={} if "compiled" in ENGINE else None,
    )


def start(problem: Problem) -> np.ndarray:
    """Half content, half noise: a picture at which all terms count."""
    noise = np.random.default_rng(0).uniform(0, 255, (*problem.shape, 3))
    return (problem.content + noise).ravel() / 2


def evaluate(function: LossAndGradient, x: np.ndarray) -> dict[str, float]:
    begin, cpu_begin = time.perf_counter(), time.process_time()
    loss, _ = function(x)
    return {
        "seconds": time.perf_counter() - begin,
        "cpu_seconds": time.process_time() - cpu_begin,
        "loss": loss,
        "peak_mb": peak_memory(),
    }


def profile(function: LossAndGradient, x: np.ndarray) -> list[dict[str, float | str]]:
    """Take the median of some profiles, step by step."""
    runs = [function.profile(x) for _ in range(7)]
    return [
        {
            "layer": laps[0].layer,
            "direction": laps[0].direction,
            "milliseconds": 1e3 * float(np.median([lap.seconds for lap in laps])),
            "flops": laps[0].flops,
        }
        for laps in zip(*runs, strict=True)
    ]


def lbfgs(function: LossAndGradient, x: np.ndarray, iterations: int) -> dict[str, float]:
    """Run scipy's L-BFGS-B; tell how long it took, and how long inside the function.

    For every engine, scipy's BLAS has one thread, as in a painting: waiting for more to do, the
    others would slow the function down.
    """
    from scipy.optimize import fmin_l_bfgs_b  # not for evaluations: it takes 50 MB
    from threadpoolctl import threadpool_limits

    inside = [0.0]

    def timed(x: np.ndarray) -> tuple[float, np.ndarray]:
        begin = time.perf_counter()
        result = function(x)
        inside[0] += time.perf_counter() - begin
        return result

    begin = time.perf_counter()
    limits = {"maxiter": iterations, "maxfun": 10 * iterations}
    with threadpool_limits(1, user_api="blas"):
        _, loss, info = fmin_l_bfgs_b(timed, x, factr=0, **limits)
    return {
        "seconds": time.perf_counter() - begin,
        "seconds_inside": inside[0],
        "evaluations": info["funcalls"],
        "iterations": info["nit"],
        "loss": loss,
    }


def peak_memory() -> float:
    """This process's peak resident memory in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if "VmHWM" in row) / 1e3


def main() -> None:
    problem = make_problem(HEIGHT, WIDTH)
    function, x = build(problem), start(problem)
    for line in sys.stdin:
        order, *rest = line.split()
        if order == "lbfgs":
            answer = lbfgs(function, problem.content.ravel(), int(rest[0]))
        else:
            answer = {"evaluate": evaluate, "profile": profile}[order](function, x)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
