"""Measures what a checkpoint costs: bytes, and seconds to write and to read, for each optimizer.

    python bench/checkpoint_cost.py --output docs/resume.md

The optimizers descend a cheap function of as many pixels, so that their arrays have the sizes of a
real run's; pictures, recipe and history are those of one.  The fastest of several attempts counts.
"""

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from backpaint import optimizers
from backpaint.checkpoint import EVERY, FileKeeper, go_on
from backpaint.examples import example_path
from backpaint.painting.session import Start, open_session
from backpaint.painting.standing import Record, Standing
from backpaint.presets import recipe

METHODS = {
    "l-bfgs-b": {},
    "l-bfgs-b, bounds": {"optimizer.bounds": "pixels"},
    "l-bfgs": {"optimizer.method": "l-bfgs"},
    "adam": {"optimizer.method": "adam", "optimizer.rate": 2.0},
    "gradient descent": {"optimizer.method": "gradient-descent", "optimizer.rate": 1e-3},
}
EVALUATIONS = 200
TRIES = 5
BEGIN, END = "<!-- cost, written by bench/checkpoint_cost.py -->", "<!-- end of cost -->"


def kept(method, size, folder):
    """Keep a run of a size several times; return pairs, pixels, bytes, and times."""
    made = recipe("gatys", size=size, iterations=EVALUATIONS, changes=METHODS[method])
    made_of = open_session(example_path("cat"), example_path("swirls"), made, engine="cpu")
    pixels = made_of.prepared.problem.shape[0] * made_of.prepared.problem.shape[1]
    standing = stand(made.optimizer, 3 * pixels, made_of.prepared.problem.term_names)
    file = folder / "cost.backpaint"
    start = Start(standing.state["x"], "content", 0)
    keeper = FileKeeper(file, EVERY, made_of, print, start)
    writing = fastest(partial(keeper.keep, lambda: standing))
    reading = fastest(partial(go_on, file))
    pairs = f", {standing.state['rho'].size} pairs" if "rho" in standing.state else ""
    return pairs, pixels, file.stat().st_size, writing, reading


def stand(options, size, terms):
    """Descend until every array has its full size."""
    rng = np.random.default_rng(0)
    curvature, x0 = rng.uniform(0.1, 2, size), rng.uniform(0, 255, size)

    def bowl(x):
        return float(curvature @ x**2) / 2, curvature * x

    ends = {"black": np.zeros(size), "white": np.full(size, 255.0)}
    descent = optimizers.minimizer(bowl, options, **ends)
    descent.start(x0)
    for _ in range(105 if hasattr(options, "iterations_per_step") else 3):
        descent.step()
    row = dict.fromkeys(terms, 1.0)
    history = tuple(Record(n, n, 1.0, row, 1.0, n) for n in range(1, EVALUATIONS + 1))
    good = None if options.__struct_config__.tag == "l-bfgs-b" else x0  # as a run has it
    return Standing(descent.state(), history, 3, "it has not ended", good)


def fastest(action):
    """Do something several times; return the least seconds that it took, and the processor's."""
    times = []
    for _ in range(TRIES):
        wall, own = time.perf_counter(), time.process_time()
        action()
        times.append((time.perf_counter() - wall, time.process_time() - own))
    return tuple(min(column) for column in zip(*times, strict=True))


def table(size, folder):
    """Write a row for each optimizer."""
    rows = [
        "| optimizer | file | bytes a pixel | to write | to read |",
        "|---|---|---|---|---|",
    ]
    for method in METHODS:
        pairs, pixels, count, writing, reading = kept(method, size, folder)
        wall, own = (f"{one:.2f} s ({two:.2f} s)" for one, two in (writing, reading))
        cells = f"{method}{pairs} | {count / 1e6:.0f} MB | {count / pixels:.0f} | {wall} | {own}"
        rows.append(f"| {cells} |")
        print(rows[-1], flush=True)
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--folder", type=Path, help="where to write")
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        text = table(options.size, Path(folder))
    if options.output:
        page = options.output.read_text()
        begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
        options.output.write_text(f"{page[:begin]}\n\n{text}\n\n{page[end:]}")


if __name__ == "__main__":
    main()
