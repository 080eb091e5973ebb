"""What large pictures take: memory and work by bands and by the optimizer's history.

python bench/scale.py                        rows of 512 to 2048 px; one process for each
python bench/scale.py --sizes 512 --evaluation                      without an optimizer
python bench/scale.py --size 4096 --bands 3 --history float32       one row
python bench/scale.py --size 8192 --bands 4 --evaluation --scratch FOLDER     one evaluation alone
python bench/scale.py --output docs/scale.md                        the table of all rows so far

Each row runs in a process of its own and goes to bench/results/scale.json, which the page's table
is made of.  It has the peak of resident memory, Python and its libraries included, and the least
processor time of an evaluation, of all threads together: the machine may be shared.  The picture
is noise, with the paper's recipe; a style of 512 px, whose targets do not grow with the picture.

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

import backpaint
from backpaint.cpu.bands.choice import more_work
from backpaint.cpu.memory import output_bytes
from backpaint.engine.objective import Evaluation, Objective
from backpaint.painting.control import Control
from backpaint.painting.run import run
from backpaint.painting.session import open_session
from backpaint.presets import load_preset, with_changes

BANDS = (0, 1, 2, 3, 4)
FULL = 12
"""Iterations after which a history of 10 pairs is full."""
GB = 1e9
KEPT = Path(__file__).parent / "results" / "scale.json"
BEGIN, END = "<!-- measured, written by bench/scale.py -->", "<!-- end of measured -->"
KEY = ("size", "bands", "history", "scratch", "descends")


def peak() -> int:
    """Return the largest resident memory so far, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Filling:
    """Stands before an objective: a bowl until the history is full, then the objective, timed."""

    def __init__(self, objective: Objective, evaluations: int) -> None:
        self._most, self.control = evaluations, Control()
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
        note = f"evaluation {len(self.spent)}: {self.spent[-1]:.1f} s, peak {peak() / GB:.2f} GB"
        print(note, file=sys.stderr, flush=True)
        if len(self.spent) == self._most:
            self.control.stop()
        return evaluation

    def on_iteration(self, number: int, x: NDArray[np.float64]) -> None:
        """Learn of an iteration."""
        self.is_full = number >= FULL


def measure(size: int, engine: backpaint.CPU, history: str, evaluations: int) -> dict[str, Any]:
    """Run one row; `evaluations` 0: a single one, without an optimizer."""
    rng = np.random.default_rng(0)
    content = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
    style = rng.integers(0, 256, (512, 512, 3), dtype=np.uint8)
    changes: dict[str, Any] = {"images.style": "native", "images.size": size}
    changes |= {"optimizer.history": history, "optimizer.iterations": FULL + evaluations}
    recipe = with_changes(load_preset("gatys"), changes)
    session = open_session(content, style, recipe, engine=engine)
    problem, before = session.prepared.problem, peak()
    objective = engine.new_objective(problem)
    filling = Filling(objective, evaluations)
    objective.evaluate = filling.evaluate  # type: ignore[method-assign]
    x = objective.initial()
    if evaluations:
        run(objective, x, control=filling.control, on_iteration=filling.on_iteration)
    else:
        filling.is_full = True
        objective(x)
    return {
        "peak": peak(),
        "grown": peak() - before,
        "seconds": min(filling.spent),
        "evaluations": len(filling.spent),
        "estimate": engine.estimate_bytes(problem),
        "disk": output_bytes(problem, int(engine.bands or 0)) if engine.scratch else 0,
        "more work": more_work(problem, int(engine.bands or 0)),
    }


def rows_so_far() -> list[dict[str, Any]]:
    """Read what was measured."""
    return list(json.loads(KEPT.read_text())) if KEPT.exists() else []


def keep(row: dict[str, Any]) -> None:
    """Put a row among those so far, in the place of an earlier one like it."""
    rows = [old for old in rows_so_far() if any(old[key] != row[key] for key in KEY)]
    rows.append(row)
    rows.sort(key=lambda one: [one[key] for key in KEY])
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
| picture | bands | history | peak, GB | grown by | estimate | s an evaluation | times the whole | \
planned |
|---|---|---|---|---|---|---|---|---|"""


def line(row: dict[str, Any], whole: float | None) -> str:
    """Lay out a row of the table."""
    bands = f"{row['bands'] or 'none'}{', scratch' if row['scratch'] else ''}"
    work = "" if whole is None else f"{row['seconds'] / whole:.2f}"
    estimate = f"{row['estimate'] / GB:.2f}" if row["descends"] else ""
    return (
        f"| {row['size']} | {bands} | {row['history'] if row['descends'] else 'none'} | "
        f"{row['peak'] / GB:.2f} | {row['grown'] / GB:.2f} | {estimate} | {row['seconds']:.1f} | "
        f"{work} | {1 + row['more work']:.2f} |"
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
    parser.add_argument("--scratch")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    if given.output is not None:
        write(given.output)
        return
    if given.size is None:
        options = ["--threads", f"{given.threads}", *["--evaluation"] * given.evaluation]
        in_own_processes([int(size) for size in given.sizes.split(",")], options)
        return
    evaluations = 0 if given.evaluation else given.evaluations
    engine = backpaint.CPU(threads=given.threads, bands=given.bands or None, scratch=given.scratch)
    about = (given.size, given.bands, given.history, bool(given.scratch), evaluations > 0)
    row = dict(zip(KEY, about, strict=True))
    row |= measure(given.size, engine, given.history, evaluations)
    keep(row)
    print(f"{HEAD}\n{line(row, None)}")


if __name__ == "__main__":
    main()
