"""A comparison as one HTML file that needs nothing else."""

import math
from collections.abc import Callable
from html import escape

from ...html_page import html_page
from ..subject.result import Cell, Comparison, Row
from ..subject.scene import size_name
from . import chart
from .table import HEADINGS, READ, about, by_family, cells, notes, remarks, title

STYLE = (
    chart.STYLE
    + """
.about, .notes, .remarks { color: var(--faint); font-size: .95rem }
.remarks { margin: .2rem 0 1rem; padding-left: 1.2rem }
.table { overflow-x: auto; margin: .6rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .95rem }
th, td { padding: .28rem .5rem; text-align: right; white-space: nowrap; vertical-align: top }
th:first-child { text-align: left } tbody th { font-weight: 600 }
tbody tr { border-bottom: 1px solid var(--line) }
thead th { color: var(--faint); font-weight: 500; border-bottom: 2px solid var(--line);
           white-space: normal; vertical-align: bottom }
td { font-variant-numeric: tabular-nums }
tr.ours th { color: var(--good) } td.fast { color: var(--good); font-weight: 600 }
td.slow { color: var(--bad) }
.bar { display: block; height: 4px; border-radius: 2px; margin-top: 3px; min-width: 5rem }
.bar i { display: block; height: 100%; border-radius: 2px; background: var(--faint) }
.ours .bar i { background: var(--good) }
.charts { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)) }
figure { margin: 0 } figcaption { font-weight: 600; margin-bottom: .3rem }
@media (max-width: 40rem) { th, td { padding: .25rem .3rem; font-size: .84rem }
  .optional { display: none } .bar { min-width: 2.5rem } tbody th { white-space: normal } }
"""
)
OPTIONAL = ("middle half", "processor time", "loss error", "gradient error")
"""Columns that a phone leaves out."""


def page(comparison: Comparison) -> str:
    """Write the whole page."""
    items = "".join(f"<li>{escape(note)}</li>" for note in notes(comparison))
    meaning = "".join(f"<li>{escape(text)}</li>" for text in READ)
    return html_page(
        "backpaint compare",
        STYLE,
        [
            f'<p class="about">{escape(about(comparison))}</p>',
            f'<ul class="notes">{items}</ul>' if items else "",
            *_charts(comparison),
            *(_section(cell) for cell in comparison.cells),
            f'<h2>How to read it</h2><ul class="notes">{meaning}</ul>',
        ],
    )


def _section(cell: Cell) -> str:
    """Write the table of one size with one count of threads."""
    rows = cell.timed()
    said = "".join(f"<li>{escape(text)}</li>" for text in remarks(cell))
    head = "".join(f'<th scope="col"{_optional(name)}>{name}</th>' for name in HEADINGS)
    slowest = max((row.median for row in rows), default=1.0)
    body = "\n".join(_row(cell, row, row.median / slowest) for row in rows)
    table = (
        f'<div class="table" role="region" aria-label="{escape(title(cell))}" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return "\n".join(
        [
            f"<h2>{escape(title(cell))}</h2>",
            table if rows else "<p>Nothing was timed.</p>",
            f'<ul class="remarks">{said}</ul>' if said else "",
        ]
    )


def _row(cell: Cell, row: Row, part: float) -> str:
    name, *texts = cells(cell, row)
    marks = []
    for heading, text in zip(HEADINGS[1:], texts, strict=True):
        inner = escape(text)
        if heading == "median":
            inner += f'<span class="bar" aria-hidden="true"><i style="width:{part:.1%}"></i></span>'
        marks.append(f"<td{_kind(heading, cell, row)}>{inner}</td>")
    ours = "" if row.competitor.is_library else ' class="ours"'
    broken = escape(name).replace("/", "/<wbr>")
    return f'<tr{ours}><th scope="row">{broken}</th>{"".join(marks)}</tr>'


def _kind(heading: str, cell: Cell, row: Row) -> str:
    """Mark how fast an engine of ours is; a library is not judged."""
    ratio = cell.speed(row)
    if heading == "speed" and ratio is not None and not row.competitor.is_library:
        return f' class="{"fast" if ratio >= 1 else "slow"}"'
    return _optional(heading)


def _optional(heading: str) -> str:
    return ' class="optional"' if heading in OPTIONAL else ""


def _charts(comparison: Comparison) -> list[str]:
    """Draw time and memory over size, for each count of threads with several sizes."""
    figures = []
    for threads in dict.fromkeys(cell.threads for cell in comparison.cells):
        cells = [c for c in comparison.cells if c.threads == threads and c.timed()]
        if len(cells) > 1:
            which = f", {threads} threads" if threads > 1 else ", 1 thread"
            figures += [
                _figure(f"Seconds of one evaluation{which}", cells, "s", lambda row: row.median),
                _figure(f"Peak memory{which}", cells, "MB", lambda row: row.memory_mb),
            ]
    return ['<div class="charts">', *figures, "</div>"] if figures else []


def _figure(
    caption: str, cells: list[Cell], unit: str, value: Callable[[Row], float | None]
) -> str:
    """Draw one line for each library and each engine that was timed."""
    series: dict[str, list[tuple[float, float]]] = {}
    for cell in cells:
        for row in cell.timed():
            number = value(row)
            if number:
                series.setdefault(_line_name(row), []).append((math.prod(cell.size), number))
    ordered = {name: series[name] for name in by_family(list(series))}
    ticks = {float(math.prod(cell.size)): size_name(cell.size) for cell in cells}
    drawing = chart.chart(caption, ordered, ticks, unit)
    return (
        f"<figure><figcaption>{escape(caption)}</figcaption>{drawing}"
        f"{chart.legend(list(ordered))}</figure>"
    )


def _line_name(row: Row) -> str:
    """Name a line: a library takes part in other forms at other sizes, and is one line."""
    one = row.competitor
    return f"{one.family} {one.rivals}".strip() if one.is_library else one.name
