"""A comparison as text: what a terminal shows, and the words that the page shares with it."""

from collections.abc import Sequence
from statistics import median

from ...words import counted
from ..subject.competitors import FAMILIES
from ..subject.result import Cell, Comparison, Row
from ..subject.scene import size_name

HEADINGS = (
    "name", "median", "middle half", "speed", "processor time", "memory", "loss error",
    "gradient error",
)  # fmt: skip
READ = (
    "median: seconds of one loss and gradient; middle half: between which half of the rounds lie",
    "speed: how many times as fast as the fastest library on the same kind of device",
    "processor time: of one loss and gradient, summed over threads",
    "memory: the process's peak; the GPU's own for those who compute there",
    "errors: relative, against the reference in float64; the gradient's in the Euclidean norm",
)
"""What the columns mean."""


def lines(comparison: Comparison) -> list[str]:
    """Lay out everything, a line for each row; reasons of failures may be long."""
    text = [about(comparison)]
    for cell in comparison.cells:
        text += ["", *cell_lines(cell)]
    text += ["", *(f"note: {note}" for note in notes(comparison))]
    return [*text, *READ]


def about(comparison: Comparison) -> str:
    """Return in one sentence what was compared, and on what."""
    described = [name for what, name in comparison.machine.items() if what != "processors"]
    processors = counted(int(comparison.machine["processors"]), "processor")
    versions = ", ".join(f"{name} {number}" for name, number in comparison.versions.items())
    return (
        f"one loss and gradient of {comparison.preset}, {counted(comparison.rounds, 'round')}; "
        f"{processors}, {', '.join(described)}; {versions}"
    )


def notes(comparison: Comparison) -> list[str]:
    """Return what a reader must know besides the numbers."""
    found = list(comparison.notes)
    if comparison.interrupted:
        found.append("interrupted: what was measured until then")
    found += [f"{family}: {reason}" for family, reason in comparison.absent.items()]
    return found


def title(cell: Cell) -> str:
    """Name a cell."""
    return f"{size_name(cell.size)}, {counted(cell.threads, 'thread')}"


def cell_lines(cell: Cell) -> list[str]:
    """Lay out one size with one count of threads."""
    rows = [HEADINGS, *(cells(cell, row) for row in cell.timed())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    table = [_aligned(row, widths) for row in rows] if len(rows) > 1 else []
    return [title(cell), *table, *(f"  {remark}" for remark in remarks(cell))]


def cells(cell: Cell, row: Row) -> tuple[str, ...]:
    """Return the texts of one row, in the order of `HEADINGS`."""
    return (
        row.name,
        seconds(row.median),
        interval(*row.quartiles),
        speed(cell.speed(row)),
        seconds(median(row.cpu_seconds)),
        "" if row.memory_mb is None else f"{row.memory_mb:.0f} MB",
        error(row.loss_error),
        error(row.gradient_error),
    )


def remarks(cell: Cell) -> list[str]:
    """Report who was not timed and why, and where others were checked."""
    found = [
        f"{row.name}: {seconds(row.trial_seconds)} alone, another form was faster"
        for row in cell.rows
        if row.trial_seconds is not None and not row.is_timed and row.failure is None
    ]
    found += [f"{row.name}: {row.failure}" for row in cell.rows if row.failure is not None]
    if not cell.in_turn:
        found.append("one after the other, not in turn: together they do not fit into memory")
    elsewhere = {row.checked_at for row in cell.rows if row.checked_at} - {tuple(cell.size)}
    found += [f"errors are those at {size_name(size)}" for size in elsewhere if size is not None]
    return found


def seconds(value: float | None) -> str:
    """Write a short time with three digits.

    Examples
    --------
    >>> seconds(0.01234), seconds(0.3456), seconds(12.34)
    ('12.3 ms', '0.346 s', '12.3 s')
    """
    if value is None:
        return ""
    if value < 0.1:
        return f"{1e3 * value:.3g} ms"
    return f"{value:.3f} s" if value < 1 else f"{value:#.3g} s".replace(". s", " s")


def interval(low: float, high: float) -> str:
    """Write two times with their unit once, where it is the same.

    Examples
    --------
    >>> interval(0.01, 0.0123), interval(0.0987, 0.123)
    ('10 to 12.3 ms', '98.7 ms to 0.123 s')
    """
    (first, unit), (_, other) = seconds(low).split(), seconds(high).split()
    return f"{first if unit == other else seconds(low)} to {seconds(high)}"


def speed(value: float | None) -> str:
    """Write how fast something is beside a rival.

    Examples
    --------
    >>> speed(1.853), speed(0.8), speed(None)
    ('1.85 times', '0.80 times', '')
    """
    return "" if value is None else f"{value:.2f} times"


def error(value: float | None) -> str:
    """Write an error.

    Examples
    --------
    >>> error(0.000123), error(0.0)
    ('1e-04', '0e+00')
    """
    return "" if value is None else f"{value:.0e}"


def by_family(names: Sequence[str]) -> list[str]:
    """Put names of competitors in the order of their families."""
    return sorted(names, key=lambda name: FAMILIES.index(name.partition("/")[0]))


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    right = [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *right]).rstrip()
