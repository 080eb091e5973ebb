"""What a choice by the clock could win: the engine's convolutions with other sizes of their parts.

    python bench/cpu_choices.py [--sizes 256,512] [--rounds 12]

How maps are cut decides how sums are rounded, so the engine cuts them alike on every machine.  Here
each convolution of `gatys` runs with each of `CHOICES` in turn, in processor time of one thread:
with all that the processor knows, and held to AVX2.  The fastest is chosen by every other round and
judged by the rounds between, since else chance would be taken for speed.  The table goes to
bench/results/cpu_choices.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
from instruction_sets import AVX2

from backpaint.compare.subject.scene import make_problem
from backpaint.cpu.convolution import large_filters, tiles
from backpaint.cpu.convolution.convolution import Convolution
from backpaint.cpu.convolution.convolutions import Convolutions
from backpaint.cpu.convolution.large_filters import LargeFilters
from backpaint.cpu.network.scratch import winograd
from backpaint.cpu.threads.team import Team, single_threaded_blas
from backpaint.cpu.threads.workspace import Workspace
from backpaint.presets import load_preset
from backpaint.problem.stages import stages_of

RESULTS = Path(__file__).parent / "results" / "cpu_choices.md"
FIXED = "as it is"
CHOICES: dict[str, tuple[Any, str, int]] = {
    FIXED: (tiles, "PIECE_CHANNELS", tiles.PIECE_CHANNELS),
    "pieces of half the size": (tiles, "PIECE_CHANNELS", tiles.PIECE_CHANNELS // 2),
    "pieces of twice the size": (tiles, "PIECE_CHANNELS", 2 * tiles.PIECE_CHANNELS),
    "groups of half the size": (large_filters, "TOGETHER", large_filters.TOGETHER // 2),
    "groups of twice the size": (large_filters, "TOGETHER", 2 * large_filters.TOGETHER),
    "filters in planes": (large_filters, "FEW_TILES", 0),
    "filters in blocks": (large_filters, "FEW_TILES", 4096),
    "more filters are large": (large_filters, "SMALL_FILTERS", 64 * 64),
    "fewer filters are large": (large_filters, "SMALL_FILTERS", 128 * 256),
}
"""Which of the engine's constants becomes what."""
SETS: dict[str, Mapping[str, str]] = {"all": {}, "AVX2": AVX2}
"""Instruction sets, with the environment that holds a process to them."""
TEAM = Team(1)

Times = dict[str, list[float]]
"""Seconds of a convolution, by choice and round."""


@contextmanager
def chosen(choice: str) -> Iterator[None]:
    """Let the engine have another constant."""
    with patch.object(*CHOICES[choice]):
        yield


def timed(choice: str, run: Callable[[], None]) -> float:
    """Return the processor time of a convolution with a choice."""
    with chosen(choice):
        begin = time.thread_time()
        run()
        return time.thread_time() - begin


def prepared(convolution: Convolution, size: tuple[int, int]) -> Callable[[], None]:
    """Return a function that convolves some map of this size."""
    channels = convolution.channels_in, convolution.channels_out
    scratch = winograd(size, *channels)
    work = Workspace(scratch, 1)
    work.shared = np.empty(scratch.shared, np.float32)
    framed = np.zeros(tiles.framed_shape(*size, channels[0]), np.float32)
    tiles.interior(framed, *size)[:] = np.random.default_rng(0).random((*size, channels[0]))
    return partial(convolution.run, TEAM, work, framed, size, lambda slot, piece, y: None)


def cut_of(convolution: Convolution, size: tuple[int, int]) -> Any:
    """Tell how a convolution cuts its map and takes its filters."""
    pieces = convolution.pieces(size)
    if not isinstance(convolution, LargeFilters):
        return pieces
    channels = convolution.channels_in + convolution.channels_out
    return large_filters.are_few(pieces), large_filters.groups_of(pieces, channels)


def measure(side: int, rounds: int) -> list[Times]:
    """Time every convolution but the first, both ways, with the choices in turn."""
    problem = make_problem(load_preset("gatys"), (side, side))
    options = problem.recipe.network
    kinds = {}
    for choice in CHOICES:
        with chosen(choice):
            kinds[choice] = Convolutions(problem.layers, problem.weights, options)
    found = []
    for stage in stages_of(problem.layers, options, problem.shape, problem.taps)[1:]:
        for way in ("forward", "backward"):
            runs: dict[str, Callable[[], None]] = {}
            cuts: list[Any] = []  # a choice that changes nothing here is no choice
            for choice, kind in kinds.items():
                convolution = getattr(kind, way)[stage.conv]
                with chosen(choice):
                    if (cut := cut_of(convolution, stage.size)) not in cuts:
                        cuts.append(cut)
                        runs[choice] = prepared(convolution, stage.size)
            times: Times = {choice: [] for choice in runs}
            for _ in range(rounds + 1):  # the first warms up
                for choice, run in runs.items():
                    times[choice].append(timed(choice, run))
            found.append({choice: seconds[1:] for choice, seconds in times.items()})
    return found


def row(side: int, instructions: str, found: list[Times]) -> str:
    """Write what the choices by every other round have won in the rounds between."""
    best = [min(times, key=lambda choice: median(times[choice][::2])) for times in found]
    fixed = sum(median(times[FIXED][1::2]) for times in found)
    won = sum(median(times[choice][1::2]) for times, choice in zip(found, best, strict=True))
    others = [choice for choice in best if choice != FIXED]
    common = max(set(others), key=others.count, default="none")
    return (
        f"| {side} x {side} | {instructions} | {fixed * 1e3:.0f} | {won * 1e3:.0f} "
        f"| {1 - won / fixed:.1%} | {len(others)} of {len(best)} | {common} |"
    )


def everything(side: int, rounds: int) -> dict[str, list[Times]]:
    """Measure in a process of its own for each instruction set."""
    found = {}
    for name, environment in SETS.items():
        command = [sys.executable, __file__, "--only", str(side), "--rounds", str(rounds)]
        run = subprocess.run(
            command, env=os.environ | environment, check=True, stdout=subprocess.PIPE
        )
        found[name] = json.loads(run.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--only", type=int, help="print this size's times as JSON, and no more")
    options = parser.parse_args()
    if options.only:
        with single_threaded_blas():
            print(json.dumps(measure(options.only, options.rounds)))
        return
    lines = [
        "# The CPU engine with other sizes of its parts",
        "",
        "Processor time of one thread, all convolutions of `gatys` but the first, both ways: "
        "`python bench/cpu_choices.py`.",
        "",
        "| picture | instructions | fixed, ms | each its best, ms | won | chose otherwise "
        "| most often |",
        "|---|---|---|---|---|---|---|",
    ]
    for side in map(int, options.sizes.split(",")):
        for name, found in everything(side, options.rounds).items():
            lines.append(row(side, name, found))
            print(lines[-1], flush=True)
    RESULTS.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
