"""How many iterations a descent saves that starts at a painting in one pass.

    python bench/fast_start.py

Each pair of built-in pictures is painted by `gatys` from the content, from noise and from what
`backpaint fast` paints.  A curve is the loss after each iteration; two are compared by how many
iterations each needs to reach the same loss.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import backpaint
from backpaint.examples import example_path

PAIRS = (("cat", "swirls"), ("cat", "mosaic"), ("astronaut", "woodcut"))
STARTS = ("content", "noise", "fast")
SIZE, ITERATIONS = 128, 20
MARKS = (10, 20)
RESULTS = Path(__file__).parent / "results" / "fast_start.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Paint every pair from every start, and write the curves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    options = parser.parse_args(arguments)
    curves: dict[str, dict[str, list[float]]] = {}
    for content, style in PAIRS:
        starts = curves[f"{content}, {style}"] = {}
        for start in STARTS:
            starts[start] = curve(content, style, start, options.size, options.iterations)
        RESULTS.write_text(json.dumps(curves) + "\n", encoding="utf-8")
        print(table(curves), flush=True)


def curve(content: str, style: str, start: str, size: int, iterations: int) -> list[float]:
    """Paint, and list the lowest loss after 0, 1, 2, ... iterations."""
    painting = backpaint.paint(
        example_path(content),
        example_path(style),
        preset="gatys",
        size=size,
        iterations=iterations,
        init=start,  # type: ignore[arg-type]
        engine="cpu",
    )
    found = [painting.history[0].loss]
    for after in range(1, iterations + 1):
        reached = [record.loss for record in painting.history if record.iteration < after]
        found.append(min([found[-1], *reached]))
    return [float(f"{loss:.5g}") for loss in found]


def needed(losses: Sequence[float], goal: float) -> int | None:
    """Count the iterations until a loss is reached; None: never.

    >>> needed([5.0, 3.0, 2.0], 2.5), needed([5.0, 3.0], 1.0)
    (2, None)
    """
    return next((number for number, loss in enumerate(losses) if loss <= goal), None)


def table(curves: dict[str, dict[str, list[float]]]) -> str:
    """Write, for each pair, the losses, and the iterations that the others' losses take."""
    marks = [mark for mark in MARKS if mark < len(curves[next(iter(curves))]["content"])]
    head = ["pair", "start", "loss at first", *(f"after {mark}" for mark in marks)]
    head += [f"iterations to the content's loss after {mark}" for mark in marks[1:]]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for pair, starts in curves.items():
        for start, losses in starts.items():
            cells = [pair, start, *(f"{losses[mark]:.3g}" for mark in (0, *marks))]
            for mark in marks[1:]:
                count = needed(losses, starts["content"][mark])
                cells.append("more" if count is None else str(count))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
