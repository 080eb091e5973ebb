"""The CPU engine beside PyTorch: loss and gradient of `gatys`, and 100 iterations of L-BFGS.

    python bench/cpu.py [--parts compare,profile,lbfgs,growth] [--sizes 256,512] [--runs 7]

Each engine has a process of its own.  They take turns, one evaluation each, while the others sleep;
medians are compared, with PyTorch's best variant at each size.  About twenty minutes on two
quiet cores.  After each size and each part, what is known so far is written: bench/results/cpu.json
has all numbers, cpu.md the tables and, where matplotlib is installed, cpu.png the growth.  A later
run on the same machine replaces the parts that it measures, and keeps the others.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from cpu_report import OURS, RESULTS, Rows, best_variant, name_of, parse_size, write_results

WORKER = Path(__file__).parent / "cpu_worker.py"
VARIANTS = ("contiguous", "channels_last", "channels_last compiled")
PARTS = ("compare", "profile", "lbfgs", "growth")
MAIN_SIZE = (512, 512)
GROWTH_SIZES = ("128", "2048")
"""Measured with PyTorch's best variant at the nearest size alone: three would not fit together."""
PAUSE = 0.2
"""Seconds between two turns, in which the other engine's threads fall asleep."""
WARM_UP = 1
"""Evaluations of each engine that do not count; they compile, and touch all memory."""
BUDGET = 150.0
"""Seconds of a size; after the first run that counts, no further one begins later."""


class Worker:
    """An engine in its own process; see `cpu_worker.py`."""

    def __init__(self, engine: str, size: tuple[int, int], threads: int) -> None:
        command = [sys.executable, str(WORKER), engine]
        command += [str(number) for number in (*size, threads)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, order: str) -> Any:
        """Give an order; None if the process has failed (no memory, no compiler)."""
        time.sleep(PAUSE)
        try:
            self._process.stdin.write(order + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            return None
        return json.loads(answer) if answer else None

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def compare(
    size: tuple[int, int], threads: int, runs: int, variants: tuple[str, ...] = VARIANTS
) -> Rows:
    """Let all engines evaluate in turn: median seconds and peak memory of each that can."""
    workers = {engine: Worker(engine, size, threads) for engine in (OURS, *variants)}
    answers: dict[str, list[dict[str, float]]] = {engine: [] for engine in workers}
    begin = time.perf_counter()
    for run in range(WARM_UP + runs):
        if run > WARM_UP and time.perf_counter() - begin > BUDGET:
            break
        for engine, worker in workers.items():
            answer = worker.ask("evaluate")
            if answer is not None and run >= WARM_UP:
                answers[engine].append(answer)
    for worker in workers.values():
        worker.close()
    return {
        engine: {
            "seconds": median(answer["seconds"] for answer in given),
            "cpu_seconds": median(answer["cpu_seconds"] for answer in given),
            "peak_mb": max(answer["peak_mb"] for answer in given),
            "loss": given[0]["loss"],
            "runs": len(given),
        }
        for engine, given in answers.items()
        if given
    }


def run_lbfgs(size: tuple[int, int], threads: int, variant: str, iterations: int) -> Rows:
    """Run scipy's L-BFGS-B on ours and on PyTorch's best, one after the other."""
    rows = {}
    for engine in (OURS, variant):
        worker = Worker(engine, size, threads)
        worker.ask("evaluate")
        rows[engine] = worker.ask(f"lbfgs {iterations}")
        worker.close()
    return rows


def run_profile(size: tuple[int, int], threads: int) -> list[dict[str, Any]]:
    """Ask ours where the time goes."""
    worker = Worker(OURS, size, threads)
    worker.ask("evaluate")
    laps = worker.ask("profile")
    worker.close()
    return laps


def matrix_peak(threads: int) -> float:
    """Measure the best speed of a float32 matrix product, in GFLOP/s."""
    from threadpoolctl import threadpool_limits

    a = np.random.default_rng(0).random((2048, 2048), np.float32)
    seconds = []
    with threadpool_limits(threads, user_api="blas"):
        for _ in range(9):
            begin = time.perf_counter()
            a @ a
            seconds.append(time.perf_counter() - begin)
    return 2 * 2048**3 / min(seconds) / 1e9


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
        for size in (parse_size(text) for text in self.options.sizes.split(",")):
            self._add(size, compare(size, self.options.threads, self.options.runs))

    def profile(self) -> None:
        self.result["matrix_peak_gflops"] = matrix_peak(self.options.threads)
        self.result["profile"] = run_profile(MAIN_SIZE, self.options.threads)

    def lbfgs(self) -> None:
        descents = self.result.setdefault("descents", {})
        for size in (parse_size(text) for text in self.options.lbfgs_sizes.split(",")):
            variant = self._best(size)
            rows = run_lbfgs(size, self.options.threads, variant, self.options.iterations)
            descents[name_of(size)] = rows
            write_results(self.result)

    def growth(self) -> None:
        for size in (parse_size(text) for text in GROWTH_SIZES):
            rows = compare(size, self.options.threads, self.options.runs, (self._best(size),))
            self._add(size, rows)

    def _add(self, size: tuple[int, int], rows: Rows) -> None:
        if OURS in rows and len(rows) > 1:
            self.comparisons[name_of(size)] = rows
            write_results(self.result)

    def _best(self, size: tuple[int, int]) -> str:
        """Name PyTorch's best variant at the size of nearest area that was compared in full."""
        full = {name: rows for name, rows in self.comparisons.items() if len(rows) > 2}
        if not full:
            return VARIANTS[1]
        area = np.prod(size)
        nearest = min(full, key=lambda name: abs(np.log(np.prod(parse_size(name)) / area)))
        return best_variant(full[nearest])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS), help="those to measure (all)")
    parser.add_argument("--sizes", default="256,512,768x512,1024", help="of the part compare")
    parser.add_argument("--runs", type=int, default=5, help="evaluations that count, at most (5)")
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
