"""The report as text: a line for each proof, and why a right gradient can look wrong."""

from collections.abc import Sequence

from ..words import counted, duration
from .result import Result

HEADINGS = ("checked", "against", "worst error", "tolerance", "used", "compared", "")

REASONS = (
    (
        "float32",
        "it has 7 digits, and a sum of many products loses two. Compare in float64, or allow 2e-6 "
        "of the largest value; a tiny element beside a large one may have no right digit.",
    ),
    (
        "step",
        "a long one sees the curve instead of the slope, a short one only rounding. Central "
        "differences in float64, with 1e-4 of the values, leave 1e-8; in float32 they are 0.2 to "
        "30 % off, and never used here.",
    ),
    (
        "kinks",
        "ReLU, max pooling and |x| have no slope where they bend, and a difference across a bend "
        "can be off by any amount: such comparisons are skipped and counted.",
    ),
    (
        "ties",
        "where two values of a window are equal, many answers are right. Here, in Caffe and in "
        "PyTorch the first in reading order gets the whole gradient.",
    ),
    (
        "engines",
        "a fast convolution (Winograd's) multiplies less and rounds more: 3e-6 of the largest "
        "value. In a whole network, rounding may flip a ReLU or a maximum: one can make 1e-2.",
    ),
    (
        "cancellation",
        "along a random direction a sum may cancel to almost nothing, and rounding looks large: "
        "directions here have the gradient's signs.",
    ),
)
"""Why a right gradient can look wrong."""


def lines(results: Sequence[Result]) -> list[str]:
    """Lay out the table.

    Parameters
    ----------
    results : sequence of Result

    Returns
    -------
    list of str
        At most 100 characters wide.
    """
    rows = [HEADINGS, *(cells(result) for result in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    table = [_aligned(row, widths) for row in rows]
    return [table[0], "-" * max(map(len, table)), *_without_repetition(rows[1:], table[1:])]


def cells(result: Result) -> tuple[str, ...]:
    """Return the texts of one row, in the order of `HEADINGS`."""
    compared = str(result.compared)
    if result.skipped:
        compared += f" ({result.skipped} kinks)"
    verdict = "ok" if result.passed else "WRONG"
    return (
        result.subject,
        result.proof,
        f"{result.error:.1e}",
        f"{result.tolerance:.0e}",
        percent(result.used),
        compared,
        verdict,
    )


def percent(part: float) -> str:
    """Write a part of the tolerance.

    Examples
    --------
    >>> percent(0.0), percent(0.0002), percent(0.214), percent(2e9)
    ('0 %', '<0.1 %', '21 %', '>1000 %')
    """
    if part > 10:
        return ">1000 %"
    if 0 < part < 0.001:
        return "<0.1 %"
    return f"{100 * part:.2g} %" if part < 1 else f"{100 * part:.0f} %"


def summary(results: Sequence[Result], missing: Sequence[str]) -> list[str]:
    """Summarize: totals, what failed and where, what could not be asked."""
    failed = [result for result in results if not result.passed]
    compared = sum(result.compared for result in results)
    seconds = sum(result.seconds for result in results)
    text = [
        f"{counted(len(results), 'check')}, {counted(compared, 'comparison')}, "
        f"{len(failed)} wrong, in {duration(seconds)}."
    ]
    text += [f"  wrong: {r.subject}, {r.proof}: {_why(r)}" for r in failed]
    notes: dict[str, list[str]] = {result.note: [] for result in results if result.note}
    for result in results:
        if result.note:
            notes[result.note].append(result.subject.removeprefix("preset "))
    text += [f"  {', '.join(dict.fromkeys(names))}: {note}" for note, names in notes.items()]
    if missing:
        text.append(f"  not installed here, so not asked: {', '.join(missing)}")
    return text


def _why(result: Result) -> str:
    return f"worst in {result.worst}" if result.compared else "nothing could be compared"


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    left = [row[i].ljust(widths[i]) for i in (0, 1)]
    right = [row[i].rjust(widths[i]) for i in (2, 3, 4)]
    return "  ".join([*left, *right, row[5].ljust(widths[5]), row[6]]).rstrip()


def _without_repetition(rows: Sequence[tuple[str, ...]], table: list[str]) -> list[str]:
    """Name each subject once."""
    quiet, before = [], ""
    for row, line in zip(rows, table, strict=True):
        quiet.append(" " * len(row[0]) + line[len(row[0]) :] if row[0] == before else line)
        before = row[0]
    return quiet
