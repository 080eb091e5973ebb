"""An explanation as text for a terminal, or as one HTML file."""

import re
import textwrap
from html import escape

from .blocks import Block, Explanation, Grid, Grids, Lines, Paragraph, number

WIDTH = 96
GAP = 4
HELD = "\0"
"""Stands for a space at which no line is broken."""

STYLE = """
body { font: 17px/1.55 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff }
h2 { margin-top: 2.2rem; border-bottom: 1px solid #ddd }
pre { background: #f6f6f4; padding: .7rem 1rem; overflow-x: auto; font-size: 14px }
.grids { display: flex; flex-wrap: wrap; gap: 1.2rem 2rem; margin: 1rem 0 }
figure { margin: 0 } figcaption { font: 14px monospace; color: #555; margin-bottom: .2rem }
table { border-collapse: collapse } td { border: 1px solid #ccc; padding: .25rem .55rem;
       text-align: right; font: 14px monospace; font-variant-numeric: tabular-nums }
td.marked { background: #ffe08a; font-weight: bold } td.negative { color: #a01c1c }
"""


def text(explanation: Explanation) -> str:
    """Write an explanation in at most 100 columns.

    Parameters
    ----------
    explanation : Explanation
    """
    lines = [explanation.title, "=" * len(explanation.title)]
    for section in explanation.sections:
        lines += ["", section.title, "-" * len(section.title)]
        for block in section.blocks:
            lines += ["", *_lines(block)]
    return "\n".join(lines) + "\n"


def html(explanation: Explanation) -> str:
    """Write an explanation as one page that needs nothing else.

    Parameters
    ----------
    explanation : Explanation
    """
    body = [f"<h1>{escape(explanation.title)}</h1>"]
    for section in explanation.sections:
        body += [f"<h2>{escape(section.title)}</h2>", *map(_html, section.blocks)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(explanation.title)}</title><style>{STYLE}</style></head><body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _lines(block: Block) -> list[str]:
    if isinstance(block, Paragraph):
        return _wrapped(block.text)
    if isinstance(block, Lines):
        return [f"    {line}" for line in block.lines]
    return _side_by_side(block)


def _wrapped(paragraph: str) -> list[str]:
    """Break a paragraph into lines, but not within ``w[a, b, c, k]``."""
    held = re.sub(r"\[[^\]]*\]", lambda found: found[0].replace(" ", HELD), paragraph)
    lines = textwrap.wrap(held, WIDTH, break_on_hyphens=False)
    return [line.replace(HELD, " ") for line in lines]


def _side_by_side(block: Grids) -> list[str]:
    """Put grids next to each other, and the rest below."""
    rows: list[list[list[str]]] = [[]]
    for grid in block.grids:
        drawn = _draw(grid)
        used = sum(len(other[0]) + GAP for other in rows[-1])
        if rows[-1] and used + len(drawn[0]) > WIDTH:
            rows.append([])
        rows[-1].append(drawn)
    lines: list[str] = []
    for row in rows:
        height = max(map(len, row))
        padded = [grid + [" " * len(grid[0])] * (height - len(grid)) for grid in row]
        lines += [""] if lines else []
        lines += ["    " + (" " * GAP).join(parts).rstrip() for parts in zip(*padded, strict=True)]
    return lines


def _draw(grid: Grid) -> list[str]:
    """Write a grid; marked cells stand in brackets."""
    cells = [[number(value) for value in row] for row in grid.values]
    width = max((len(cell) for row in cells for cell in row), default=1)
    lines = [
        "".join(
            f"[{cell:>{width}}]" if (i, j) in grid.marked else f" {cell:>{width}} "
            for j, cell in enumerate(row)
        )
        for i, row in enumerate(cells)
    ]
    whole = max(len(grid.name), *map(len, lines))
    return [line.ljust(whole) for line in [grid.name, *lines]]


def _html(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Lines):
        return f"<pre>{escape(chr(10).join(block.lines))}</pre>"
    return f'<div class="grids">{"".join(map(_table, block.grids))}</div>'


def _table(grid: Grid) -> str:
    rows = []
    for i, row in enumerate(grid.values):
        cells = []
        for j, value in enumerate(row):
            marks = [*["marked"] * ((i, j) in grid.marked), *["negative"] * bool(value < 0)]
            cells.append(f'<td class="{" ".join(marks)}">{number(value)}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    name = escape(grid.name)
    return f"<figure><figcaption>{name}</figcaption><table>{''.join(rows)}</table></figure>"
