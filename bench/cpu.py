"""The CPU engine beside PyTorch: one loss and gradient of `gatys`, and 100 iterations of L-BFGS.

    python bench/cpu.py [--sizes 128,256,512,512x768,1024] [--runs 9] [--iterations 100]

Each engine has a process of its own.  They take turns, one evaluation each, while the others sleep;
medians are compared, with PyTorch's best variant at each size.  bench/results gets cpu.json with
all numbers, cpu.md with the tables and, where matplotlib is installed, cpu.png.
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

HERE = Path(__file__).parent
RESULTS = HERE / "results"
OURS = "cpu"
VARIANTS = ("contiguous", "channels_last", "channels_last compiled")
PAUSE = 0.2
"""Seconds between two turns, in which the other engine's threads fall asleep."""

Rows = dict[str, dict[str, Any]]


class Worker:
    """An engine in its own process; see `cpu_worker.py`."""

    def __init__(self, engine: str, size: tuple[int, int], threads: int) -> None:
        command = [sys.executable, str(HERE / "cpu_worker.py"), engine]
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

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.wait()


def compare(size: tuple[int, int], threads: int, runs: int) -> Rows:
    """Let all engines evaluate in turn: median seconds and peak memory of each that can."""
    workers = {engine: Worker(engine, size, threads) for engine in (OURS, *VARIANTS)}
    answers: dict[str, list[dict[str, float]]] = {engine: [] for engine in workers}
    for run in range(runs + 2):
        for engine, worker in workers.items():
            answer = worker.ask("evaluate")
            if answer is not None and run >= 2:  # the first two warm up and compile
                answers[engine].append(answer)
    for worker in workers.values():
        worker.__exit__()
    return {
        engine: {
            "seconds": median(answer["seconds"] for answer in given),
            "peak_mb": max(answer["peak_mb"] for answer in given),
            "loss": given[0]["loss"],
        }
        for engine, given in answers.items()
        if given
    }


def best_variant(rows: Rows) -> str:
    """Name PyTorch's fastest variant."""
    return min((name for name in VARIANTS if name in rows), key=lambda n: rows[n]["seconds"])


def run_lbfgs(size: tuple[int, int], threads: int, variant: str, iterations: int) -> Rows:
    """Run scipy's L-BFGS-B on ours and on PyTorch's best, one after the other."""
    rows = {}
    for engine in (OURS, variant):
        with Worker(engine, size, threads) as worker:
            worker.ask("evaluate")
            rows[engine] = worker.ask(f"lbfgs {iterations}")
    return rows


def run_profile(size: tuple[int, int], threads: int) -> list[dict[str, Any]]:
    """Ask ours where the time goes."""
    with Worker(OURS, size, threads) as worker:
        worker.ask("evaluate")
        return worker.ask("profile")


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


def name_of(size: tuple[int, int]) -> str:
    """Write a size as people do: width x height."""
    return f"{size[1]} x {size[0]}"


def comparison_table(comparisons: dict[str, Rows]) -> list[str]:
    lines = [
        "| picture | ours, s | PyTorch's best, s | variant | times faster "
        "| ours, MB | PyTorch, MB | of PyTorch's memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size, rows in comparisons.items():
        ours, name = rows[OURS], best_variant(rows)
        theirs = rows[name]
        lines.append(
            f"| {size} | {ours['seconds']:.3f} | {theirs['seconds']:.3f} | {name} "
            f"| **{theirs['seconds'] / ours['seconds']:.2f}** | {ours['peak_mb']:.0f} "
            f"| {theirs['peak_mb']:.0f} | {ours['peak_mb'] / theirs['peak_mb']:.0%} |"
        )
    return lines


def lbfgs_table(size: str, rows: Rows) -> list[str]:
    ours, theirs = rows.values()
    lines = [
        f"{ours['iterations']} iterations of `fmin_l_bfgs_b` at {size}: "
        f"**{theirs['seconds'] / ours['seconds']:.2f} times** faster.",
        "",
        "| engine | seconds | evaluations | outside the function | final loss |",
        "|---|---|---|---|---|",
    ]
    for engine, row in rows.items():
        outside = 1 - row["seconds_inside"] / row["seconds"]
        lines.append(
            f"| {engine} | {row['seconds']:.1f} | {row['evaluations']} | {outside:.1%} "
            f"| {row['loss']:.6g} |"
        )
    return lines


def profile_lines(laps: list[dict[str, Any]], peak: float) -> list[str]:
    total = sum(lap["milliseconds"] for lap in laps)
    flops = sum(lap["flops"] for lap in laps)
    lines = ["| layer | direction | ms | effective GFLOP/s | share |", "|---|---|---|---|---|"]
    for lap in laps:
        speed = f"{lap['flops'] / lap['milliseconds'] / 1e6:.0f}" if lap["flops"] else ""
        share = lap["milliseconds"] / total
        lines.append(
            f"| {lap['layer']} | {lap['direction']} | {lap['milliseconds']:.1f} | {speed} "
            f"| {share:.1%} |"
        )
    lines += [
        "",
        f"In all {total:.0f} ms for convolutions that are {flops / 1e9:.0f} GFLOP when computed "
        f"directly: {flops / total / 1e6:.0f} GFLOP/s effective. A large matrix product reaches "
        f"{peak:.0f} GFLOP/s here; direct convolutions at that speed would take "
        f"{flops / peak / 1e6:.0f} ms.",
    ]
    return lines


def plot(comparisons: dict[str, Rows], path: Path) -> None:
    """Draw time and memory over the number of pixels."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    pixels = {name: np.prod([int(n) for n in name.split(" x ")]) / 1e6 for name in comparisons}
    order = sorted(comparisons, key=pixels.get)
    for axis, key, label in zip(
        axes, ("seconds", "peak_mb"), ("seconds an evaluation", "peak memory, MB"), strict=True
    ):
        for engine in ("ours", "PyTorch's best"):
            values = [
                comparisons[n][OURS if engine == "ours" else best_variant(comparisons[n])][key]
                for n in order
            ]
            axis.loglog([pixels[n] for n in order], values, "o-", label=engine)
        axis.set(xlabel="million pixels", ylabel=label)
        axis.grid(alpha=0.3, which="both")
        axis.legend()
    figure.savefig(path, dpi=110)


def parse_size(text: str) -> tuple[int, int]:
    """Read ``512`` or ``WIDTHxHEIGHT`` as (height, width)."""
    numbers = [int(word) for word in text.split("x")]
    return (numbers[-1], numbers[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="128,256,512,768x512,1024,1536,2048")
    parser.add_argument("--runs", type=int, default=9, help="evaluations of each engine (9)")
    parser.add_argument("--iterations", type=int, default=100, help="of L-BFGS; 0: none")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    machine = (
        f"{platform.machine()}, {options.threads} threads, Python {platform.python_version()}, "
        f"NumPy {np.__version__}; medians of {options.runs} runs in turn, float32"
    )
    comparisons: dict[str, Rows] = {}
    result: dict[str, Any] = {"machine": machine, "comparisons": comparisons}
    lines = ["# The CPU engine beside PyTorch", "", machine + ".", ""]
    for size in (parse_size(text) for text in options.sizes.split(",")):
        comparisons[name_of(size)] = compare(size, options.threads, options.runs)
        print(comparison_table(comparisons)[-1], flush=True)
    lines += ["One loss and gradient of `gatys`:", "", *comparison_table(comparisons), ""]
    main_size = (512, 512)
    if options.iterations:
        rows = comparisons.get(name_of(main_size)) or compare(main_size, options.threads, 3)
        result["lbfgs"] = run_lbfgs(
            main_size, options.threads, best_variant(rows), options.iterations
        )
        lines += [*lbfgs_table(name_of(main_size), result["lbfgs"]), ""]
    result["matrix_peak_gflops"] = matrix_peak(options.threads)
    result["profile"] = run_profile(main_size, options.threads)
    lines += [f"Where the time goes at {name_of(main_size)}:", ""]
    lines += [*profile_lines(result["profile"], result["matrix_peak_gflops"]), ""]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cpu.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "cpu.md").write_text("\n".join(lines))
    plot(comparisons, RESULTS / "cpu.png")


if __name__ == "__main__":
    main()
