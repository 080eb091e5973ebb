"""The CPU engine beside other libraries: loss and gradient of `gatys`, and 100 iterations.

    python bench/cpu.py [--parts compare,avx2,profile,lbfgs,growth] [--sizes 256,512] [--rounds 5]

It is `backpaint compare` for what README says, with L-BFGS besides.  Everybody has a process of its
own, is checked against float64 first, and they take turns.  The part avx2 compares once more, with
all of them held to AVX2.  About an hour on two quiet cores with PyTorch, TensorFlow and JAX.
After each size and each part, what is known so far is written: bench/results/cpu.json has all
numbers, cpu.md the tables and, where matplotlib is installed, cpu.png the growth.  A later run on
the same machine replaces the parts that it measures, and keeps the others.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from cpu_report import OURS, RESULTS, Rows, best_variant, write_results
from instruction_sets import AVX2

from backpaint.compare import Plan, run
from backpaint.compare.estimate import matrix_speed
from backpaint.compare.plan import parse_sizes
from backpaint.compare.processes.child import Child
from backpaint.compare.subject.competitors import competitor
from backpaint.compare.subject.result import Cell
from backpaint.compare.subject.scene import Size, size_name

WORKER = (str(Path(__file__).parent / "cpu_worker.py"),)
PARTS = ("compare", "avx2", "profile", "lbfgs", "growth")
PRESET = "gatys"
MAIN_SIZE = (512, 512)
GROWTH_SIZES = "128,2048"
"""Measured with the best library at the nearest size alone: all would not fit together."""
RUNS = 7
"""Profiles in a median."""


def rows_of(cell: Cell) -> Rows:
    """Turn what was compared at a size into the rows that are kept.

    A form of a library that was not fast enough for the rounds has its trial alone.
    """
    rows: Rows = {}
    for row in cell.rows:
        if row.is_timed:
            rows[row.name] = {
                "seconds": row.median,
                "quartiles": row.quartiles,
                "cpu_seconds": median(row.cpu_seconds),
                "peak_mb": row.peak_mb,
                "loss": row.loss,
                "runs": len(row.seconds),
            }
        elif row.trial_seconds is not None:
            rows[row.name] = {"seconds": row.trial_seconds, "peak_mb": row.peak_mb, "runs": 0}
        if row.name in rows:
            rows[row.name]["gradient_error"] = row.gradient_error
    return rows


def ask(name: str, size: Size, threads: int, order: str, **details: Any) -> Any:
    """Give a single order to a competitor's process."""
    with Child(competitor(name), PRESET, size, threads, WORKER) as child:
        return child.ask(order, **details)


class Measurement:
    """The parts of a measurement, and the results so far.

    Parameters
    ----------
    options : argparse.Namespace
        From `parse_arguments`.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        machine = (
            f"{platform.machine()}, {options.threads} threads, Python {platform.python_version()}, "
            f"NumPy {np.__version__}"
        )
        path = RESULTS / "cpu.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        same = known.get("machine") == machine
        self.result: dict[str, Any] = known if same else {"machine": machine, "comparisons": {}}
        self.comparisons: dict[str, Rows] = self.result["comparisons"]

    def compare(self) -> None:
        for size in parse_sizes(self.options.sizes):
            self._compare(size, self.options.only.split(","), self.comparisons)

    def avx2(self) -> None:
        """Compare at the same sizes with every process held to AVX2."""
        before = dict(os.environ)
        os.environ.update(AVX2)
        try:
            for size in parse_sizes(self.options.sizes):
                found = self.result.setdefault("avx2", {})
                self._compare(size, self.options.only.split(","), found)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def profile(self) -> None:
        threads = self.options.threads
        self.result["matrix_peak_gflops"] = matrix_speed(threads, side=2048)
        self.result["profile"] = ask(OURS, MAIN_SIZE, threads, "profile", runs=RUNS)

    def lbfgs(self) -> None:
        descents = self.result.setdefault("descents", {})
        for size in parse_sizes(self.options.lbfgs_sizes):
            order = {"order": "lbfgs", "iterations": self.options.iterations}
            descents[size_name(size)] = {
                name: ask(name, size, self.options.threads, **order)
                for name in (OURS, self._best(size))
            }
            write_results(self.result)

    def growth(self) -> None:
        for size in parse_sizes(GROWTH_SIZES):
            self._compare(size, (OURS, self._best(size)), self.comparisons)

    def _compare(self, size: Size, only: Sequence[str], comparisons: dict[str, Rows]) -> None:
        options = self.options
        plan = Plan((size,), (options.threads,), options.rounds, tuple(only), PRESET)
        found = run(plan, lambda done, text: print(f"{done:4.0%} {text}", flush=True))
        if found.interrupted:
            raise KeyboardInterrupt
        rows = rows_of(found.cells[0])
        if OURS in rows and len(rows) > 1:
            comparisons[size_name(size)] = rows
            write_results(self.result)

    def _best(self, size: Size) -> str:
        """Name the best library at the size of nearest area that was compared in full."""
        full = {name: rows for name, rows in self.comparisons.items() if len(rows) > 2}
        if not full:
            return "pytorch/channels_last"
        area = np.prod(size)
        nearest = min(full, key=lambda name: abs(np.log(np.prod(parse_sizes(name)[0]) / area)))
        return best_variant(full[nearest])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS), help="those to measure (all)")
    parser.add_argument("--sizes", default="256,512,768x512,1024", help="of the part compare")
    parser.add_argument("--only", default="cpu,pytorch,tensorflow,jax", help="who is compared")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (5)")
    parser.add_argument("--iterations", type=int, default=100, help="of L-BFGS (100)")
    parser.add_argument("--lbfgs-sizes", default="256,512")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    options = parse_arguments()
    measurement = Measurement(options)
    for part in options.parts.split(","):
        begin = time.perf_counter()
        getattr(measurement, part)()
        write_results(measurement.result)
        print(f"{part}: {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
