"""What Python's lock costs the CPU engine: evaluations with the lock and without it, in turn.

    python3.14t bench/cpu_lock.py [--sizes 256,512] [--threads 2] [--rounds 9]

Needs a free-threaded Python (3.13t or later), whose lock can be had back by `PYTHON_GIL=1`.  Two
processes of it, which differ in that variable alone, compute loss and gradient of `gatys` in turn;
both must give the same bits.  The table goes to bench/results/cpu_lock.md.
"""

import argparse
import os
import platform
import sysconfig
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import scipy

from backpaint.compare.processes.child import Child
from backpaint.compare.subject.competitors import competitor

RESULTS = Path(__file__).parent / "results" / "cpu_lock.md"
WORKER = (str(Path(__file__).parent / "cpu_worker.py"),)
SWITCHES = {"with the lock": "1", "without": "0"}
RUNS = 2
"""Evaluations in a turn."""

Turns = dict[str, list[dict[str, Any]]]
"""What was measured, by side."""


def start(size: int, threads: int, switch: str) -> Child:
    """Start a process with the lock switched on or off."""
    with patch.dict(os.environ, PYTHON_GIL=switch):
        return Child(competitor("cpu"), "gatys", (size, size), threads, WORKER)


def measure(size: int, threads: int, rounds: int) -> Turns:
    """Let both evaluate in turn."""
    with ExitStack() as stack:
        sides = {
            name: stack.enter_context(start(size, threads, switch))
            for name, switch in SWITCHES.items()
        }
        turns: Turns = {name: [] for name in sides}
        for _ in range(rounds):
            for name, child in sides.items():
                turns[name].append(child.ask("waits", runs=RUNS))
    require_same_bits(turns)
    return turns


def require_same_bits(turns: Turns) -> None:
    """Raise if the sides do not differ in the lock, or differ in the result."""
    for name, switch in SWITCHES.items():
        if any(turn["locked"] != (switch == "1") for turn in turns[name]):
            raise SystemExit(f"the evaluations {name} were not: a module has switched it on")
    if len({turn["bits"] for side in turns.values() for turn in side}) > 1:
        raise SystemExit("with and without the lock the bits differ")


def row(size: int, threads: int, name: str, turns: list[dict[str, Any]]) -> str:
    """Write one side's medians."""
    seconds, processor, asleep = (
        [turn[key] for turn in turns] for key in ("seconds", "cpu_seconds", "sleeps")
    )
    return (
        f"| {size} x {size} | {threads} | {name} | {median(seconds) * 1e3:.0f} "
        f"| {min(seconds) * 1e3:.0f} | {median(processor) * 1e3:.0f} | {median(asleep):.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--threads", default="2", help="counts of threads (2)")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise SystemExit("this Python always has its lock; a free-threaded one is needed, as 3.14t")
    lines = [
        "# The CPU engine without Python's lock",
        "",
        f"{platform.machine()}, free-threaded Python {platform.python_version()}, NumPy "
        f"{np.__version__}, SciPy {scipy.__version__}; `python bench/cpu_lock.py`.",
        f"One loss and gradient of `gatys`, medians of {options.rounds} turns; all gave the same "
        "bits.",
        "",
        "| picture | threads | Python | ms | least ms | ms of processors | threads fall asleep |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in map(int, options.sizes.split(",")):
        for threads in map(int, options.threads.split(",")):
            turns = measure(size, threads, options.rounds)
            lines += [row(size, threads, name, side) for name, side in turns.items()]
            print(*lines[-len(turns) :], sep="\n", flush=True)
    RESULTS.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
