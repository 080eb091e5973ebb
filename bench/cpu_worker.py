"""A process of `backpaint compare` that also profiles, descends, and counts waits.

    python bench/cpu_worker.py '{"name": "cpu", "preset": "gatys", "size": [64, 64], "threads": 2}'

See `cpu.py` and `cpu_lock.py`, which give the orders, and `backpaint.compare.processes.worker`.
"""

import hashlib
import resource
import sys
import time
from typing import Any

import numpy as np

from backpaint.compare.processes.worker import Worker, serve
from backpaint.compare.subject.scene import compared_recipe, make_problem, start
from backpaint.cpu import CPUObjective


def profile(worker: Worker, runs: int) -> list[dict[str, float | str]]:
    """Take the median of some profiles, step by step."""
    problem = make_problem(compared_recipe(worker.preset), worker.size)
    objective = CPUObjective(problem, threads=worker.threads)
    objective(start(problem))
    profiles = [objective.profile(start(problem)) for _ in range(runs)]
    return [
        {
            "layer": laps[0].layer,
            "direction": laps[0].direction,
            "milliseconds": 1e3 * float(np.median([lap.seconds for lap in laps])),
            "flops": laps[0].flops,
        }
        for laps in zip(*profiles, strict=True)
    ]


def lbfgs(worker: Worker, iterations: int) -> dict[str, Any]:
    """Run scipy's L-BFGS-B; tell how long it took, and how long inside the function.

    For every engine, scipy's BLAS has one thread, as in a painting: waiting for more to do, the
    others would slow the function down.
    """
    from scipy.optimize import fmin_l_bfgs_b  # not for evaluations: it takes 50 MB
    from threadpoolctl import threadpool_limits

    inside = [0.0]

    def timed(x: np.ndarray) -> tuple[float, np.ndarray]:
        begin = time.perf_counter()
        result = worker.contestant.evaluate(x)
        inside[0] += time.perf_counter() - begin
        return result

    x = make_problem(compared_recipe(worker.preset), worker.size).content.ravel()
    timed(x)
    inside[0], begin = 0.0, time.perf_counter()
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


def waits(worker: Worker, runs: int) -> dict[str, Any]:
    """Evaluate some times: how long, how often a thread fell asleep, and a digest of the bits."""
    x = start(make_problem(compared_recipe(worker.preset), worker.size))
    worker.contestant.evaluate(x)
    asleep, clock, processor = sleeps(), time.perf_counter(), time.process_time()
    for _ in range(runs):
        loss, gradient = worker.contestant.evaluate(x)
    return {
        "seconds": (time.perf_counter() - clock) / runs,
        "cpu_seconds": (time.process_time() - processor) / runs,
        "sleeps": (sleeps() - asleep) / runs,
        "bits": hashlib.sha256(np.float64(loss).tobytes() + gradient.tobytes()).hexdigest(),
        "locked": getattr(sys, "_is_gil_enabled", lambda: True)(),
    }


def sleeps() -> int:
    """Count how often a thread of this process has waited for something."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw


if __name__ == "__main__":
    serve({"profile": profile, "lbfgs": lbfgs, "waits": waits})
