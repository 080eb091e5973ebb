"""Time and memory of the reference engine beside PyTorch's: one loss and gradient of `gatys`.

    python bench/reference.py [--sizes 256,512] [--rounds 7]

It is `backpaint compare --only reference,pytorch`, with the memory that the engine estimates.  The
table goes to bench/results/reference.md.
"""

import argparse
from pathlib import Path

from backpaint.compare import Comparison, Plan, run
from backpaint.compare.plan import parse_sizes
from backpaint.compare.report.table import about, cells, title
from backpaint.compare.subject.result import Cell, Row
from backpaint.compare.subject.scene import compared_recipe, make_problem
from backpaint.reference.engine import Reference

RESULTS = Path(__file__).parent / "results" / "reference.md"
HEADINGS = (
    "| size | engine | seconds | middle half | times as fast | processor time | memory, at most "
    "| loss error | gradient error | estimated |"
)


def table_row(cell: Cell, row: Row) -> str:
    """Write one row as Markdown, with the memory that our engine said it would take."""
    said = ""
    if not row.competitor.is_library:
        problem = make_problem(compared_recipe("gatys"), cell.size)
        said = f"{Reference().estimate_bytes(problem) / 1e6:.0f} MB"
    return f"| {title(cell)} | {' | '.join(cells(cell, row))} | {said} |"


def table(comparison: Comparison) -> list[str]:
    """Write everything as Markdown."""
    rows = [table_row(cell, row) for cell in comparison.cells for row in cell.timed()]
    return [HEADINGS, "|---|" + "---|" * 9, *rows, "", about(comparison), ""]


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    plan = Plan(parse_sizes(options.sizes), rounds=options.rounds, only=("reference", "pytorch"))
    lines = table(run(plan, lambda done, text: print(f"{done:4.0%} {text}", flush=True)))
    print("\n".join(lines))
    RESULTS.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
