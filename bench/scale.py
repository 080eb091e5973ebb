"""What large pictures take: memory and work by bands and by the optimizer's history.

python bench/scale.py                      the table, 512 to 2048 px; one process for each row
python bench/scale.py --sizes 512,1024 --evaluation                 without an optimizer
python bench/scale.py --size 4096 --bands 3 --history float32       one row, two iterations
python bench/scale.py --size 8192 --bands 4 --evaluation --scratch FOLDER     one evaluation alone

Each row runs in a process of its own, which tells its peak of resident memory, without what Python
and its libraries took before, and its processor time for an evaluation.  The picture is noise, with
the paper's recipe; a style of 512 px, whose targets do not grow with the picture.  A history that
is not full yet takes less than the estimate, which counts all of it.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import backpaint
from backpaint.cpu.bands.choice import more_work
from backpaint.engine.objective import Evaluation
from backpaint.painting.run import run
from backpaint.painting.session import open_session
from backpaint.presets import load_preset, with_changes
from backpaint.problem.recipe import Recipe

BANDS = (0, 1, 2, 3, 4)
GB = 1e9


def peak() -> int:
    """Return the largest resident memory so far, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(size: int, engine: backpaint.CPU, history: str, iterations: int) -> dict[str, float]:
    """Run one row; `iterations` 0: one evaluation without an optimizer."""
    rng = np.random.default_rng(0)
    content = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
    style = rng.integers(0, 256, (512, 512, 3), dtype=np.uint8)
    changes: dict[str, Any] = {"images.style": "native", "images.size": size}
    changes |= {"optimizer.history": history, "optimizer.iterations": max(iterations, 1)}
    session = open_session(content, style, recipe(changes), engine=engine)
    problem, before = session.prepared.problem, peak()
    objective = engine.new_objective(problem)
    spent: list[float] = []
    evaluate = objective.evaluate

    def timed(x: NDArray[np.float64]) -> Evaluation:
        begin = time.process_time()
        evaluation = evaluate(x)
        spent.append(time.process_time() - begin)
        note = f"evaluation {len(spent)}: {spent[-1]:.1f} s, peak {peak() / GB:.2f} GB"
        print(note, file=sys.stderr, flush=True)
        return evaluation

    objective.evaluate = timed  # type: ignore[method-assign]
    x = objective.initial()
    if iterations:
        run(objective, x)
    else:
        objective(x)
    return {
        "peak": peak(),
        "grown": peak() - before,
        "seconds": min(spent),
        "evaluations": len(spent),
        "estimate": engine.estimate_bytes(problem),
        "more work": more_work(problem, int(engine.bands or 0)),
    }


def recipe(changes: dict[str, Any]) -> Recipe:
    """Return the paper's recipe with changes."""
    return with_changes(load_preset("gatys"), changes)


def in_own_process(*arguments: object) -> dict[str, float]:
    """Measure one row in a process that does nothing else."""
    command = [sys.executable, __file__, "--json", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def line(size: int, bands: int, history: str, row: dict[str, float], whole: float | None) -> str:
    """Lay out a row of the table."""
    work = "" if whole is None else f"{row['seconds'] / whole:.2f}"
    return (
        f"| {size} | {bands or 'none'} | {history} | {row['peak'] / GB:.2f} | "
        f"{row['grown'] / GB:.2f} | {row['estimate'] / GB:.2f} | {row['seconds']:.1f} | {work} | "
        f"{1 + row['more work']:.2f} |"
    )


HEAD = (
    "| picture | bands | history | peak, GB | grown by | estimate | s an evaluation | times the "
    "whole | planned |\n|---|---|---|---|---|---|---|---|---|"
)


def rows_of(sizes: list[int], *, evaluation: bool) -> Iterator[tuple[int, int, str]]:
    """List picture, bands and history of all rows."""
    for size in sizes:
        for bands in BANDS:
            yield size, bands, "float64"
            if bands in (0, 3) and not evaluation:
                yield size, bands, "float32"


def table(sizes: list[int], options: list[object], *, evaluation: bool) -> None:
    """Print all rows as they come."""
    print(HEAD, flush=True)
    whole: dict[int, float] = {}
    for size, bands, history in rows_of(sizes, evaluation=evaluation):
        row = in_own_process("--size", size, "--bands", bands, "--history", history, *options)
        whole.setdefault(size, row["seconds"])
        print(line(size, bands, history, row, whole[size]), flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="512,1024,2048")
    parser.add_argument("--size", type=int)
    parser.add_argument("--bands", type=int, default=0)
    parser.add_argument("--history", default="float64", choices=["float64", "float32"])
    parser.add_argument("--iterations", type=int, default=2)
    parser.add_argument("--evaluation", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scratch")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    iterations = 0 if given.evaluation else given.iterations
    if given.size is None:
        options = ["--threads", given.threads, *["--evaluation"] * given.evaluation]
        table([int(size) for size in given.sizes.split(",")], options, evaluation=given.evaluation)
        return
    engine = backpaint.CPU(threads=given.threads, bands=given.bands or None, scratch=given.scratch)
    row = measure(given.size, engine, given.history, iterations)
    if given.json:
        print(json.dumps(row))
    else:
        print(HEAD)
        print(line(given.size, given.bands, given.history, row, None))


if __name__ == "__main__":
    main()
