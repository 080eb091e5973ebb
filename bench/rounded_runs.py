"""Drift of runs that differ by float32's rounding alone: how near an original can be met.

    python bench/rounded_runs.py [--runs 6]

An original program in float32 rounds its picture, its loss and its gradient, and a line search
compares losses that agree in most of their digits.  Here each run of
tests/presets/test_originals.py with a line search or a tolerance of more than `LOOSE`, and the one
that gatys-pytorch's notebook shows, is painted several times, with picture, loss and gradient off
by random parts of float32's last digit, and the spread of the later loss is what no tolerance can
be below.  Needs the pictures and weights of those runs.  Writes bench/results/rounded_runs.md.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from published import EVALUATIONS, NOTEBOOK, one_step

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.presets.test_originals import PICTURES, RUNS, Run  # noqa: E402
from tests.presets.weights_of_originals import SHARED, exact_to_conv3_4  # noqa: E402

import backpaint  # noqa: E402
from backpaint.engine.objective import Objective  # noqa: E402
from backpaint.optimizers import minimize  # noqa: E402
from backpaint.problem.pixels import to_variable  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "rounded_runs.md"
LAST_DIGIT = 2.0**-24
LOOSE = 0.04


def of_program(run: Run) -> Objective:
    """Build the objective of an original program's run, stopped at its later evaluation."""
    assert run.later is not None
    return backpaint.objective(
        PICTURES / run.content,
        PICTURES / run.style,
        preset=run.recipe(run.later[0]),
        weights=exact_to_conv3_4(),
        engine="cpu",
    )


def of_notebook() -> Objective:
    """Build the objective of the run that gatys-pytorch's notebook shows."""
    content, style = (SHARED / "published" / name for name in NOTEBOOK)
    return backpaint.objective(content, style, preset=one_step(min(EVALUATIONS)), engine="cpu")


def losses_of(objective: Objective, seed: int) -> list[float]:
    """Paint once, every number off by a random part of float32's last digit; seed 0: by nothing."""
    recipe, rng = objective.problem.recipe, np.random.default_rng(seed)
    losses: list[float] = []

    def rounded(values: np.ndarray | float) -> np.ndarray:
        off = rng.uniform(-LAST_DIGIT, LAST_DIGIT, np.shape(values)) * (seed > 0)
        return np.asarray(values) * (1 + off)

    def evaluate(x: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = objective(rounded(x))
        losses.append(float(rounded(loss)))
        return losses[-1], rounded(gradient)

    black, white = (
        np.tile(to_variable(np.full(3, level), recipe.variable), objective.initial().size // 3)
        for level in (0.0, 255.0)
    )
    minimize(evaluate, objective.initial(), recipe.optimizer, black=black, white=white)
    return losses


def row(name: str, at: int, theirs: float, build: Callable[[], Objective], count: int) -> str:
    """Write how far the later loss of a run is from the program's, in all runs and in ours."""
    objective = build()
    found = [losses_of(objective, seed)[at - 1] / theirs - 1 for seed in range(count + 1)]
    mean, spread = np.mean(found[1:]), np.std(found[1:], ddof=1)
    low, high = min(found[1:]), max(found[1:])
    cells = f"{found[0]:+.2%} | {low:+.2%} to {high:+.2%} | {mean:+.2%} | {spread:.2%}"
    return f"| {name} | {at} | {cells} |"


def main() -> None:
    """Paint all and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=6)
    count = parser.parse_args().runs
    lines = [
        "# Runs that differ by float32's rounding",
        "",
        f"Written by `python bench/rounded_runs.py --runs {count}`, engine `cpu`: a later loss "
        "less the original program's, over it.",
        "",
        "| run | evaluation | unrounded | rounded, from and to | mean | standard deviation |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for run in RUNS:
        if run.later is None or not (run.recipe(1).has_line_search or run.later[2] > LOOSE):
            continue
        at, theirs, _ = run.later
        lines.append(row(str(run), at, theirs, partial(of_program, run), count))
        print(lines[-1], flush=True)
    at, theirs = min(EVALUATIONS.items())
    lines.append(row("gatys-pytorch, notebook", at, theirs, of_notebook, count))
    print(lines[-1], flush=True)
    RESULTS.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
