"""The report as one HTML file that needs nothing else."""

from collections.abc import Sequence
from html import escape

from .result import Result
from .table import HEADINGS, REASONS, cells, summary

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd }
td:nth-child(n+3):nth-child(-n+5) { text-align: right; font-variant-numeric: tabular-nums }
td.ok { color: #17692b } td.wrong { color: #fff; background: #b3261e; font-weight: bold }
.bar { display: block; height: 3px; background: #17692b; max-width: 100% }
tr.first td { border-top: 2px solid #999 }
dt { font-weight: bold } pre { white-space: pre-wrap }
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
    head = "".join(f"<th>{escape(text)}</th>" for text in HEADINGS)
    body, before = [], ""
    for result in results:
        body.append(_row(result, result.subject != before))
        before = result.subject
    reasons = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in REASONS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<title>backpaint check</title>"
        f"<style>{STYLE}</style></head><body><h1>backpaint check</h1>\n"
        f"<p>{escape(about)}</p>\n<pre>{escape(chr(10).join(summary(results, missing)))}</pre>\n"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{chr(10).join(body)}\n</tbody></table>\n"
        f"<h2>Why a check can be off</h2><dl>{reasons}</dl></body></html>\n"
    )


def _row(result: Result, first: bool) -> str:
    texts = list(cells(result))
    if not first:
        texts[0] = ""
    marks = [f"<td>{escape(text)}</td>" for text in texts[:-1]]
    width = min(100.0, 100 * result.used) if result.used == result.used else 100.0
    marks[4] = f'<td>{escape(texts[4])}<span class="bar" style="width:{width:.1f}%"></span></td>'
    verdict = "ok" if result.passed else "wrong"
    marks.append(f'<td class="{verdict}" title="{escape(result.worst)}">{escape(texts[-1])}</td>')
    return f"<tr{' class=first' if first else ''}>{''.join(marks)}</tr>"
