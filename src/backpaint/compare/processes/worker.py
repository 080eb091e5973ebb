"""The process of one competitor: it does what its parent says, line by line.

    python -m backpaint.compare.processes.worker '{"name": "cpu", "preset": "gatys", ...}'

Each line of its input is a `Request` in JSON; it answers each with one line of JSON, which has
``error`` if the request failed.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import IO, Any

import numpy as np

from ..subject.competitors import competitor
from ..subject.scene import Size, compared_recipe, make_problem, start
from .contestant import Contestant, build

Answer = Any
Order = Callable[..., Answer]

WATCH = 1.0
"""Seconds between two looks for the parent."""


class Worker:
    """One competitor, and what can be asked of it.

    Parameters
    ----------
    name : str
        Of a `Competitor`, or ``judge``: the reference in float64.
    preset : str
    size : (int, int)
        Height and width.
    threads : int
    """

    def __init__(self, name: str, preset: str, size: Size, threads: int) -> None:
        self.name, self.preset, self.threads = name, preset, threads
        self.size = (size[0], size[1])  # JSON has lists

    @cached_property
    def contestant(self) -> Contestant:
        """The competitor at its size, ready since its first evaluation there."""
        problem = make_problem(compared_recipe(self.preset), self.size)
        made = build(competitor(self.name), problem, self.threads)
        made.evaluate(start(problem))
        return made

    def evaluate(self, at_least: float) -> Answer:
        """Evaluate once, and on until some seconds have passed; tell the median."""
        times: list[tuple[float, float]] = []
        begin = time.perf_counter()
        again = self.contestant.again
        while not times or time.perf_counter() - begin < at_least:
            clock, processor = time.perf_counter(), time.process_time()
            loss = again()
            times.append((time.perf_counter() - clock, time.process_time() - processor))
        return {
            "seconds": median(seconds for seconds, _ in times),
            "cpu_seconds": median(seconds for _, seconds in times),
            "loss": loss,
            "peak_mb": peak_memory(),
            "device_mb": self.contestant.device_bytes() / 1e6,
        }

    def check(self, file: str) -> Answer:
        """Compare loss and gradient with what `judge` has written at this size."""
        expected = np.load(file)
        problem = make_problem(compared_recipe(self.preset), self.size)
        loss, gradient = self.contestant.evaluate(start(problem))
        difference = np.linalg.norm(gradient - expected["gradient"])
        return {
            "loss_error": float(abs(loss / expected["loss"] - 1)),
            "gradient_error": float(difference / np.linalg.norm(expected["gradient"])),
        }

    def judge(self, file: str) -> Answer:
        """Write what the reference computes in float64."""
        from ...reference.engine import Reference

        problem = make_problem(compared_recipe(self.preset), self.size)
        loss, gradient = Reference(dtype="float64").build(problem)(start(problem))
        np.savez(file, loss=loss, gradient=gradient)
        return {"loss": loss}


def peak_memory() -> float:
    """Return this process's peak resident memory in MB; NaN where the system does not say.

    Notes
    -----
    Linux's `ru_maxrss` would count what the parent had before it started this process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        rows = status.read_text().splitlines()
        return next(int(row.split()[1]) * 1024 for row in rows if row.startswith("VmHWM")) / 1e6
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS: bytes


def serve(more: Mapping[str, Callable[..., Answer]] | None = None) -> None:
    """Answer the requests on standard input until it ends.

    Parameters
    ----------
    more : mapping of str to callable, optional
        Orders besides those of `Worker`; each gets the worker, and what the request holds.
    """
    asked = json.loads(sys.argv[1])
    parent = asked.pop("parent")
    if os.name == "posix":  # elsewhere an orphan keeps its parent
        threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    answers = _own_output()
    worker = Worker(**asked)
    for line in sys.stdin:
        request = json.loads(line)
        name = request.pop("order")
        try:
            order = more[name] if more and name in more else getattr(Worker, name)
            answer = order(worker, **request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def end_with_parent(parent: int) -> None:
    """End this process when its parent is gone: an order may take hours that nobody waits for."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _own_output() -> IO[str]:
    """Keep standard output for answers: what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    serve()
