"""What large pictures take: memory and work by bands and by the optimizer's history.

python bench/scale.py                        rows of 512 to 2048 px; one process for each
python bench/scale.py --sizes 512 --evaluation                      without an optimizer
python bench/scale.py --size 4096 --bands 3 --history float32       one row
python bench/scale.py --size 8192 --bands 4 --evaluation --scratch FOLDER     one evaluation alone
python bench/scale.py --size 8192 --bands 4 --evaluation --scratch FOLDER --limit 15
                                        the same where 8 GB are charged to it at most (as root)
python bench/scale.py --output docs/scale.md                        the table of all rows so far

Each row runs in a process of its own and goes to bench/results/scale.json, which the page's table
is made of.  It has the peak of resident memory, what of it is the process's own (see `resident`),
Python and its libraries included, and the least processor time of an evaluation, of all threads
together: the machine may be shared.  The picture is noise, with the paper's recipe; a style of 512
px, whose targets do not grow with the picture.

L-BFGS takes all its memory only when its history is full.  So it first descends a function that
takes no time, for as many iterations, and then the picture's loss for two evaluations.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from resident import OwnMemory, own_bytes, run_limited

import backpaint
from backpaint.cpu.bands.choice import more_work
from backpaint.engine.objective import Evaluation, Objective
from backpaint.engine.optimizer_memory import host_optimizer_bytes
from backpaint.painting.control import Control
from backpaint.painting.run import run
from backpaint.painting.session import Session, open_session
from backpaint.presets import load_preset, with_changes

BANDS = (0, 1, 2, 3, 4)
GB = 1e9
KEPT = Path(__file__).parent / "results" / "scale.json"
BEGIN, END = "<!-- measured, written by bench/scale.py -->", "<!-- end of measured -->"
KEY = ("size", "bands", "history", "scratch", "descends", "corrections", "limit")


def peak() -> int:
    """Return the largest resident memory so far, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Filling:
    """Stands before an objective: a bowl until the history is full, then the objective, timed."""

    def __init__(self, objective: Objective, evaluations: int, full: int) -> None:
        self._most, self._full, self.control = evaluations, full, Control()
        self._evaluate, self._shape = objective.evaluate, objective.shape
        self._terms = dict.fromkeys(objective.problem.term_names, 0.0)
        self.spent: list[float] = []
        self.is_full = False

    def bowl(self, x: NDArray[np.float64]) -> Evaluation:
        """Return a steep quadratic: what follows is small beside it, and so is taken."""
        curvature = np.linspace(0.1, 2, self._shape[0])[:, None, None]
        gradient = 1e12 * curvature * x
        return Evaluation(float(np.vdot(gradient, x)) / 2, gradient, self._terms)

    def evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Evaluate, and tell how long that took."""
        if not self.is_full:
            return self.bowl(x)
        begin = time.process_time()
        evaluation = self._evaluate(x)
        self.spent.append(time.process_time() - begin)
        memory = f"peak {peak() / GB:.2f} GB, own {own_bytes() / GB:.2f} GB"
        note = f"evaluation {len(self.spent)}: {self.spent[-1]:.1f} s, {memory}"
        print(note, file=sys.stderr, flush=True)
        if len(self.spent) == self._most:
            self.control.stop()
        return evaluation

    def on_iteration(self, number: int, x: NDArray[np.float64]) -> None:
        """Learn of an iteration."""
        self.is_full = number >= self._full


def session_of(size: int, engine: backpaint.CPU, optimizer: dict[str, Any]) -> Session:
    """Open a session of noise, with the paper's recipe but for some keys of the optimizer."""
    rng = np.random.default_rng(0)
    content = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
    style = rng.integers(0, 256, (512, 512, 3), dtype=np.uint8)
    changes = {f"optimizer.{key}": value for key, value in optimizer.items()}
    changes |= {"images.style": "native", "images.size": size}
    return open_session(content, style, with_changes(load_preset("gatys"), changes), engine=engine)


def measure(
    size: int, engine: backpaint.CPU, history: str, corrections: int, evaluations: int
) -> dict[str, Any]:
    """Run one row; `evaluations` 0: a single one, without an optimizer."""
    full = corrections + 2  # iterations, after which the history is
    options = {"history": history, "corrections": corrections, "iterations": full + evaluations}
    problem = session_of(size, engine, options).prepared.problem
    with OwnMemory() as own:
        objective = engine.new_objective(problem)
        filling = Filling(objective, evaluations, full)
        objective.evaluate = filling.evaluate  # type: ignore[method-assign]
        x = objective.initial()
        if evaluations:
            run(objective, x, control=filling.control, on_iteration=filling.on_iteration)
        else:
            filling.is_full = True
            objective(x)
    estimate = engine.estimate_bytes(problem)
    if not evaluations:
        optimizer, is_on_disk = problem.recipe.optimizer, engine.scratch is not None
        estimate -= host_optimizer_bytes(optimizer, problem.shape, is_on_disk=is_on_disk)
    return {
        "peak": peak(),
        "own": own.peak,
        "grown": own.peak - own.before,
        "seconds": min(filling.spent),
        "evaluations": len(filling.spent),
        "estimate": estimate,
        "more work": more_work(problem, int(engine.bands or 0)),
    }


def rows_so_far() -> list[dict[str, Any]]:
    """Read what was measured."""
    return list(json.loads(KEPT.read_text())) if KEPT.exists() else []


def keep(row: dict[str, Any]) -> None:
    """Put a row among those so far, in the place of an earlier one like it."""
    rows = [old for old in rows_so_far() if any(old[key] != row[key] for key in KEY)]
    rows.append(row)
    rows.sort(key=lambda one: [one[key] or 0 for key in KEY])
    KEPT.write_text("[\n" + ",\n".join(json.dumps(one) for one in rows) + "\n]\n")


def seconds_of_whole(rows: list[dict[str, Any]], size: int) -> float | None:
    """Return an evaluation's without bands; by the pixels of a smaller one where it is missing."""
    wholes = [row for row in rows if row["bands"] == 0 and row["size"] <= size]
    if not wholes:
        return None
    largest = max(row["size"] for row in wholes)
    seconds = min(row["seconds"] for row in wholes if row["size"] == largest)
    return float(seconds * (size / largest) ** 2)


HEAD = """\
| picture | bands | history | limit, GB | resident, GB | own, GB | grown by | estimate | \
s an evaluation | times the whole | planned |
|---|---|---|---|---|---|---|---|---|---|---|"""


def line(row: dict[str, Any], whole: float | None) -> str:
    """Lay out a row of the table."""
    bands = f"{row['bands'] or 'none'}{', scratch' if row['scratch'] else ''}"
    work = "" if whole is None else f"{row['seconds'] / whole:.2f}"
    history = f"{row['history']}, {row['corrections']} pairs" if row["descends"] else "none"
    grown = None if row["own"] is None else row["grown"]  # of rows before, of resident memory
    known = (row["peak"], row["own"], grown, row["estimate"])
    sizes = " | ".join("" if one is None else f"{one / GB:.2f}" for one in known)
    return (
        f"| {row['size']} | {bands} | {history} | {row['limit'] or ''} | {sizes} | "
        f"{row['seconds']:.1f} | {work} | {1 + row['more work']:.2f} |"
    )


def write(page: Path) -> None:
    """Put the table of all rows into a page."""
    rows = rows_so_far()
    table = "\n".join([HEAD, *(line(row, seconds_of_whole(rows, row["size"])) for row in rows)])
    text = page.read_text()
    head, _, rest = text.partition(BEGIN)
    page.write_text(f"{head}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}")


def in_own_processes(sizes: list[int], options: list[str]) -> None:
    """Measure all rows of some sizes, each in a process that does nothing else."""
    for size in sizes:
        for bands in BANDS:
            both = bands in (0, 3) and "--evaluation" not in options
            for history in ("float64", "float32") if both else ("float64",):
                words = ["--size", size, "--bands", bands, "--history", history, *options]
                subprocess.run([sys.executable, __file__, *map(str, words)], check=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="512,1024,2048")
    parser.add_argument("--size", type=int)
    parser.add_argument("--bands", type=int, default=0)
    parser.add_argument("--history", default="float64", choices=["float64", "float32"])
    parser.add_argument("--evaluations", type=int, default=2)
    parser.add_argument("--evaluation", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--corrections", type=int, default=10)
    parser.add_argument("--scratch")
    parser.add_argument("--limit", type=float)
    parser.add_argument("--is-limited", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    if given.output is not None:
        write(given.output)
        return
    if given.size is None:
        options = ["--threads", f"{given.threads}", *["--evaluation"] * given.evaluation]
        in_own_processes([int(size) for size in given.sizes.split(",")], options)
        return
    if given.limit is not None and not given.is_limited:
        status = run_limited([sys.executable, *sys.argv, "--is-limited"], round(given.limit * GB))
        sys.exit(f"the system has killed it: {given.limit:g} GB are not enough" * (status == -9))
    row = row_of(given)
    keep(row)
    print(f"{HEAD}\n{line(row, None)}")


def row_of(given: argparse.Namespace) -> dict[str, Any]:
    """Measure what the command line asks for."""
    evaluations = 0 if given.evaluation else given.evaluations
    engine = backpaint.CPU(threads=given.threads, bands=given.bands or None, scratch=given.scratch)
    row = {key: getattr(given, key) for key in ("size", "bands", "history", "corrections", "limit")}
    row |= {"scratch": bool(given.scratch), "descends": evaluations > 0}
    return row | measure(given.size, engine, given.history, given.corrections, evaluations)


if __name__ == "__main__":
    main()
