"""The report as one HTML file that needs nothing else."""

import math
from collections.abc import Sequence
from html import escape
from itertools import groupby

from ..html_page import html_page
from .result import Result
from .table import REASONS, cells, summary

HEADINGS = ("against", "worst error", "tolerance", "used", "compared", "time", "verdict")
UNBROKEN = "e\N{NON-BREAKING HYPHEN}"
"""Keeps 1e-4 on one line."""
STYLE = """
.verdict { font-size: 1.25rem; font-weight: 600; margin: 0; padding: .7rem 1rem; border-radius: 6px;
           background: var(--soft); border-left: 6px solid var(--good); max-width: none }
.verdict.wrong { border-color: var(--bad); color: var(--bad) }
.about, .notes { color: var(--faint); font-size: .95rem }
.table { overflow-x: auto; margin: 1.5rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .95rem }
th, td { padding: .22rem .7rem; text-align: right; white-space: nowrap }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left }
thead th { color: var(--faint); font-weight: 500; border-bottom: 2px solid var(--line) }
tbody th { padding-top: 1rem; font-weight: 600; border-bottom: 1px solid var(--line) }
td { font-variant-numeric: tabular-nums; vertical-align: top }
td:first-child { padding-left: 1.4rem }
td.ok { color: var(--good) } td.wrong { color: var(--bad); font-weight: 700 }
.bar { display: block; height: 3px; border-radius: 2px; margin-top: 1px; background: var(--line);
       min-width: 4rem } .bar i { display: block; height: 100%; background: var(--good);
       border-radius: 2px } .wrong .bar i { background: var(--bad) }
@media (max-width: 40rem) { th, td { padding: .22rem .45rem; font-size: .85rem }
  td:first-child { padding-left: .6rem } .optional { display: none } }
"""


def page(results: Sequence[Result], missing: Sequence[str], about: str) -> str:
    """Write the whole page.

    Parameters
    ----------
    results : sequence of Result
    missing : sequence of str
        Libraries that could not be asked.
    about : str
        Versions and what was asked for.
    """
    verdict, *notes = summary(results, missing)
    kind = "verdict" if all(result.passed for result in results) else "verdict wrong"
    items = "".join(f"<li>{escape(note.strip())}</li>" for note in notes)
    head = "".join(
        f'<th scope="col"{_optional(column)}>{name}</th>' for column, name in enumerate(HEADINGS)
    )
    groups = [
        _group(subject, list(rows)) for subject, rows in groupby(results, lambda row: row.subject)
    ]
    reasons = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text).replace('e-', UNBROKEN)}</dd>"
        for name, text in REASONS
    )
    return html_page(
        "backpaint check",
        STYLE,
        [
            f'<p class="{kind}">{escape(verdict)}</p>',
            f'<ul class="notes">{items}</ul>' if items else "",
            f'<p class="about">{escape(about)}</p>',
            '<div class="table" role="region" aria-label="All checks" tabindex="0"><table>',
            f"<thead><tr>{head}</tr></thead>",
            *groups,
            "</table></div>",
            f"<h2>Why a right gradient can look wrong</h2><dl>{reasons}</dl>",
        ],
    )


def _group(subject: str, rows: Sequence[Result]) -> str:
    """Write the rows of one operation or preset, below its name."""
    title = f'<tr><th scope="rowgroup" colspan="{len(HEADINGS)}">{escape(subject)}</th></tr>'
    return "\n".join(["<tbody>", title, *map(_row, rows), "</tbody>"])


def _row(result: Result) -> str:
    _, against, error, tolerance, used, compared, verdict = cells(result)
    part = min(1.0, result.used) if math.isfinite(result.used) else 1.0
    kind = "ok" if result.passed else "wrong"
    texts = [against, error, tolerance, used, compared, f"{result.seconds:.2f} s"]
    marks = [
        f"<td{_optional(column)}>{escape(text)}{_bar(part) if column == 3 else ''}</td>"
        for column, text in enumerate(texts)
    ]
    row = f'{"".join(marks)}<td class="{kind}">{escape(verdict)}</td>'
    return f'<tr class="{kind}" title="worst: {escape(result.worst)}">{row}</tr>'


def _bar(part: float) -> str:
    return f'<span class="bar" aria-hidden="true"><i style="width:{100 * part:.1f}%"></i></span>'


def _optional(column: int) -> str:
    """Mark the columns that a phone leaves out."""
    return ' class="optional"' if HEADINGS[column] in ("tolerance", "compared", "time") else ""
