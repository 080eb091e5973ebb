"""An explanation as text for a terminal, or as one HTML file."""

import re
import textwrap
from html import escape

from ..html_page import html_page
from .blocks import Block, Explanation, Grid, Grids, Lines, Paragraph, number

WIDTH = 96
GAP = 4
HELD = "\0"
"""Stands for a space at which no line is broken."""

STYLE = """
.grids { display: flex; flex-wrap: wrap; gap: 1.2rem 2rem; margin: 1.2rem 0 }
.grid { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; font: 14px/1.5 ui-monospace, monospace }
caption { text-align: left; color: var(--ink); padding-bottom: .25rem; white-space: nowrap }
th { color: var(--faint); font-weight: 400; font-size: 12px; padding: .1rem .45rem }
td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: right;
     font-variant-numeric: tabular-nums }
td:empty { border: 0 } td.negative { color: var(--negative) }
td mark { background: none; color: inherit; font-weight: 700 }
td.marked { background: var(--mark); outline: 2px solid var(--ink); outline-offset: -2px }
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
    body: list[str] = []
    for section in explanation.sections:
        body += [f"<h2>{escape(section.title)}</h2>", *map(_html, section.blocks)]
    return html_page(explanation.title, STYLE, body)


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
        return f'<pre tabindex="0">{escape(chr(10).join(block.lines))}</pre>'
    return f'<div class="grids">{"".join(map(_table, block.grids))}</div>'


def _table(grid: Grid) -> str:
    """Write a grid with the indices of its rows and columns, as the text counts them."""
    columns = "".join(f'<th scope="col">{j}</th>' for j in range(grid.values.shape[1]))
    rows = [f"<tr><td></td>{columns}</tr>"]
    for i, row in enumerate(grid.values):
        cells = "".join(_cell(value, (i, j) in grid.marked) for j, value in enumerate(row))
        rows.append(f'<tr><th scope="row">{i}</th>{cells}</tr>')
    caption = f"<caption>{escape(grid.name)}</caption>"
    return f'<div class="grid"><table>{caption}{"".join(rows)}</table></div>'


def _cell(value: float, is_marked: bool) -> str:
    marks = [*["marked"] * is_marked, *["negative"] * bool(value < 0)]
    kind = f' class="{" ".join(marks)}"' if marks else ""
    text = f"<mark>{number(value)}</mark>" if is_marked else number(value)
    return f"<td{kind}>{text}</td>"
