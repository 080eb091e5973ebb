"""Measure tiles: their work against the whole picture's, a crew's overhead, and what is sent.

python bench/cluster.py [--sizes 256,512] [--tile 128] [--output docs/cluster.md]
python bench/cluster.py --plan [--output docs/cluster.md]

Seconds are of processor time, of all processes together: the machine may be shared.
"""

import argparse
import pickle
import time
from pathlib import Path

import numpy as np

from backpaint.cluster import close_crews
from backpaint.cluster.crew import Crew, SerialCrew
from backpaint.cluster.crews import crew_of
from backpaint.cluster.objective import TilesObjective
from backpaint.cpu import CPUObjective
from backpaint.cpu.bands.tile import more_work, tiles_of
from backpaint.presets import load_preset
from backpaint.problem.problem import Problem
from backpaint.weights import load_weights

MARK = "<!-- {}, written by bench/cluster.py -->\n"
SECONDS_AT_1024 = 3.85
"""Of an evaluation on two cores: half of the processor time that docs/scale.md has."""
STYLE = 256
"""Height and width of the style."""


class Counting(Crew):
    """A crew whose arguments and results are counted as they are sent."""

    def __init__(self, crew: Crew) -> None:
        self.threads, self._crew, self.sent, self.returned = crew.threads, crew, 0, 0

    def submit(self, function, *arguments):
        is_local = isinstance(self._crew, SerialCrew)
        plain = [a for a in arguments if is_local or not hasattr(a, "key")]
        self.sent += 0 if is_local else size_of(plain)
        return self._crew.submit(function, *arguments)

    def result(self, ticket):
        result = self._crew.result(ticket)
        self.returned += size_of(result)
        return result

    def ended(self, tickets, seconds):
        return self._crew.ended(tickets, seconds)


def size_of(value) -> int:
    return len(pickle.dumps(value, protocol=5))


def problem_of(size: int) -> Problem:
    """Make the paper's problem of noise: time does not depend on what is seen."""
    recipe, rng = load_preset("gatys"), np.random.default_rng(0)
    content, style = (rng.uniform(0, 255, (side, side, 3)) for side in (size, STYLE))
    return Problem(recipe, load_weights(recipe.weights), content, (style,), (1.0,), (size, size))


def spent(crew: Crew | None) -> float:
    """Return the processor time of this process and of a crew's workers, so far."""
    client = getattr(crew, "_client", None)
    workers = 0.0 if client is None else sum(client.run(time.process_time).values())
    return time.process_time() + workers


def seconds_of(objective, crew: Crew | None, repeats: int) -> float:
    """Return the least of several evaluations, after one that fills the caches."""
    x, times = objective.initial(), []
    objective(x)
    for _ in range(repeats):
        before = spent(crew)
        objective(x)
        times.append(spent(crew) - before)
    return min(times)


def predicted(tiles, problem: Problem) -> tuple[int, int]:
    """Compute what an evaluation sends and what comes back, by docs/cluster.md's formula."""
    windows = 12 * sum(tile.size[0] * tile.size[1] for tile in tiles)
    channels = {layer.name: layer.channels_out for layer in problem.layers}
    squares = sum(channels[layer] ** 2 for layer in problem.style_layers)
    return windows + 4 * squares * len(tiles), windows + 8 * squares * len(tiles)


def rows_of(size: int, tile: int, repeats: int, numbers: list[int]) -> list[str]:
    """Measure one size: the whole picture, then tiles with each number of workers."""
    problem = problem_of(size)
    whole = seconds_of(CPUObjective(problem, threads=1), None, repeats)
    lines = [f"| {size} | whole, `cpu` | {whole:.2f} | 1.00 | | | |"]
    for workers in numbers:
        crew = crew_of(workers, 1)
        counting = Counting(crew)
        objective = TilesObjective(problem, counting, rows=tile)
        seconds = seconds_of(objective, crew, repeats)
        counting.sent = counting.returned = 0
        objective(objective.initial())
        sent, back = (number / 1e6 for number in (counting.sent, counting.returned))
        told = sum(predicted([spec.tile for spec in objective._specs], problem)) / 1e6
        bytes_ = f"{sent:.1f} | {back:.1f} | {told:.1f}" if workers else "| |"
        name = f"{workers} workers" if workers > 1 else "1 worker" if workers else "this process"
        count = len(objective._specs)
        lines.append(
            f"| {size} | {count} tiles, {name} | {seconds:.2f} | {seconds / whole:.2f} | {bytes_} |"
        )
    return lines


def plan_of(size: int, workers: int, problem: Problem) -> str:
    """Compute one row of when it pays, with a tile for each machine."""
    options = problem.recipe.network
    tiles = tiles_of(problem.layers, options, (size, size), problem.taps, -(-size // workers))
    alone, sent = SECONDS_AT_1024 * (size / 1024) ** 2, sum(predicted(tiles, problem))
    extra = more_work(tiles, size)
    cells = [f"{size}", f"{workers}", f"{extra:.0%}", f"{sent / 1e9:.2f}", f"{alone:.0f}"]
    for line in (125e6, 1250e6):
        seconds = alone * (1 + extra) / workers + sent / line
        cells.append(f"{seconds:.1f} ({alone / seconds:.1f})")
    return f"| {' | '.join(cells)} |"


def planned() -> list[str]:
    problem = problem_of(64)
    head = "picture | machines | h | S, GB | C, s | T at 1 Gbit/s, s (times faster) | at 10 Gbit/s"
    rows = [plan_of(size, count, problem) for size in (1024, 2048, 4096) for count in (2, 4, 8)]
    return [f"| {head} |", "|---|---|---|---|---|---|---|", *rows]


def measured(sizes: list[int], tile: int, repeats: int, numbers: list[int]) -> list[str]:
    lines = [
        "| picture | who | seconds | times the whole | sent, MB | back, MB | formula, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        lines += rows_of(size, tile, repeats, numbers)
        print(*lines, sep="\n", flush=True)
    close_crews()
    return lines


def write(path: Path, which: str, lines: list[str]) -> None:
    """Put a table between its marks in a page."""
    mark, end, table = MARK.format(which), f"<!-- end of {which} -->", "\n".join(lines)
    head, _, rest = path.read_text().partition(mark)
    path.write_text(f"{head}{mark}\n{table}\n\n{end}{rest.partition(end)[2]}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--tile", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--workers", default="0,1,2")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--output", type=Path)
    chosen = parser.parse_args()
    sizes, numbers = (list(map(int, text.split(","))) for text in (chosen.sizes, chosen.workers))
    rest = sizes, chosen.tile, chosen.repeats, numbers
    lines = planned() if chosen.plan else measured(*rest)
    if chosen.plan:
        print(*lines, sep="\n")
    if chosen.output is not None:
        write(chosen.output, "planned" if chosen.plan else "measured", lines)


if __name__ == "__main__":
    main()
