"""How the CPU engine would do on more cores than there are: recorded, and simulated.

    python bench/cpu_cores.py [--sizes 256,512] [--runs 3]

Every task of an evaluation of `gatys` is timed on one thread, in processor time.  `cpu_schedule.py`
plays them on 2 to 16 threads that wait for each other where the engine's do.  With Python's lock
each task holds it for as long as the shortest one of a tiny picture takes, which has next to
nothing to compute; without, never.  Memory that all threads share is left out: so these speeds are
bounds.  The table goes to bench/results/cpu_cores.md.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cpu_schedule import Work, length_of
from cpu_worker import sleeps

from backpaint.compare.subject.scene import make_problem
from backpaint.cpu import CPUObjective
from backpaint.cpu.threads.team import Task, Team
from backpaint.presets import load_preset

RESULTS = Path(__file__).parent / "results" / "cpu_cores.md"
TINY = 32
CALLS = 10
"""About how often a task takes the lock again: once a call of NumPy."""
THREADS = (1, 2, 4, 8, 16)

Steps = list[list[float]]
"""Lengths of tasks, by step."""


def record(size: int, runs: int) -> tuple[Steps, float]:
    """Time an evaluation's tasks on one thread; and what is done outside of them, in seconds."""
    objective, x = objective_of(size, threads=1)
    objective(x)
    return min((record_once(objective, x) for _ in range(runs)), key=lambda run: total_of(*run))


def record_once(objective: CPUObjective, x: Any) -> tuple[Steps, float]:
    """Time one evaluation."""
    steps: Steps = []
    run_steps = Team.run_steps

    def recorded(team: Team, planned: Sequence[Any]) -> None:
        timed = []
        for step in planned:
            steps.append([])
            timed.append([(watched(task, steps[-1]), count) for task, count in step])
        run_steps(team, timed)

    begin = time.thread_time()
    with patch.object(Team, "run_steps", recorded):
        objective(x)
    return steps, time.thread_time() - begin - sum(map(sum, steps))


def watched(task: Task, lengths: list[float]) -> Task:
    """Return a task that notes how long it takes."""

    def timed(slot: int, number: int) -> None:
        begin = time.thread_time()
        task(slot, number)
        lengths.append(time.thread_time() - begin)

    return timed


def objective_of(size: int, threads: int) -> tuple[CPUObjective, Any]:
    problem = make_problem(load_preset("gatys"), (size, size))
    return CPUObjective(problem, threads=threads), problem.content[::-1].ravel()


def total_of(steps: Steps, serial: float) -> float:
    return serial + sum(map(sum, steps))


def sleeps_of(size: int, runs: int) -> float:
    """Count how often two threads fall asleep in an evaluation, before locks and ends of steps."""
    objective, x = objective_of(size, threads=2)
    objective(x)
    before = sleeps()
    for _ in range(runs):
        objective(x)
    return (sleeps() - before) / runs


def rows(size: int, runs: int, held: float) -> list[str]:
    """Write a size's counts and speeds as Markdown."""
    steps, serial = record(size, runs)
    total, tasks = total_of(steps, serial), sum(map(len, steps))
    lines = [
        f"{size} x {size}: {total * 1e3:.0f} ms on one thread, {serial * 1e3:.0f} of them outside "
        f"of {tasks} tasks in {len(steps)} steps; two threads fall asleep "
        f"{sleeps_of(size, runs):.0f} times.",
        "",
        "| threads | ms without the lock | times faster | ms with the lock | times faster |",
        "|---|---|---|---|---|",
    ]
    for threads in THREADS:
        cells = []
        for locked in (0.0, held):
            played = [[Work(s, min(s, locked), CALLS) for s in step] for step in steps]
            seconds = serial + length_of(played, threads)
            cells.append(f"{seconds * 1e3:.0f} | {total / seconds:.1f}")
        lines.append(f"| {threads} | {' | '.join(cells)} |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    held = min(min(step) for step in record(TINY, options.runs)[0] if step)
    lines = [
        "# The CPU engine on more cores: simulated",
        "",
        "Tasks of one loss and gradient of `gatys` were timed on one thread, and played on more: "
        "`python bench/cpu_cores.py`.",
        "Nothing here was measured on more than two cores, and memory that all share is left out.",
        f"With the lock, each task holds it for {held * 1e6:.0f} microseconds.",
        "",
    ]
    for size in (int(word) for word in options.sizes.split(",")):
        lines += rows(size, options.runs, held)
    RESULTS.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
