"""A process of `backpaint compare` that also profiles, and descends.

    python bench/cpu_worker.py '{"name": "cpu", "preset": "gatys", "size": [64, 64], "threads": 2}'

See `cpu.py`, which gives the orders, and `backpaint.compare.processes.worker`.
"""

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


if __name__ == "__main__":
    serve({"profile": profile, "lbfgs": lbfgs})
