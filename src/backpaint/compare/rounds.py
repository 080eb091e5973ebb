"""A whole comparison: everybody is checked and tried alone, then all have turns in rounds."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..engine.free_memory import available_bytes
from ..words import counted
from .estimate import SAMPLE, finalists
from .machine import busy_note, machine, versions
from .plan import Plan, checked_size
from .processes.child import Child, ChildError
from .subject.competitors import Competitor
from .subject.result import Cell, Comparison, Row
from .subject.scene import Size, size_name

LONG = 10.0
"""Seconds of an evaluation after which it is not repeated to try a form."""
OnStep = Callable[[float, str], None]


def run(plan: Plan, on_step: OnStep | None = None) -> Comparison:
    """Compare what a plan asks for.

    Parameters
    ----------
    plan : Plan
    on_step : callable, optional
        Called before each step with the part that is done, 0 to 1, and what comes next.

    Returns
    -------
    Comparison
        After Ctrl-C, what was measured until then.

    Notes
    -----
    What fails is written down, and the rest goes on.
    """
    comparison = Comparison(
        preset=plan.preset,
        rounds=plan.rounds,
        machine=machine(),
        versions=versions(),
        absent=plan.absent(),
        notes=[note for note in (busy_note(),) if note],
    )
    try:
        with TemporaryDirectory(prefix="backpaint-compare-") as folder:
            _Run(plan, comparison, Path(folder), on_step or (lambda done, text: None)).all()
    except KeyboardInterrupt:
        comparison.interrupted = True
    return comparison


class _Run:
    """A comparison on its way."""

    def __init__(self, plan: Plan, comparison: Comparison, folder: Path, on_step: OnStep) -> None:
        self._plan, self._comparison, self._on_step = plan, comparison, on_step
        self._folder, self._judged = folder, dict[Size, Path]()
        self._done, self._steps = 0, _count_steps(plan)

    def all(self) -> None:
        """Measure every size with every count of threads."""
        for size, threads in self._plan.cells:
            cell = Cell(size, threads)
            self._comparison.cells.append(cell)
            expected = self._judge(checked_size(size))
            if expected is None:
                continue
            for one in self._plan.competitors(size):
                self._tell(cell, f"checking {one.name}")
                cell.rows.append(self._try(one, cell, expected))
            self._rounds(cell)

    def _judge(self, size: Size) -> Path | None:
        """Compute the float64 gradient of a size, once; None, with a note, if that fails."""
        if size not in self._judged:
            self._step(f"{size_name(size)}: the reference in float64")
            file = self._folder / f"{size[0]}x{size[1]}.npz"
            try:
                with Child(None, self._plan.preset, size, max(self._plan.threads)) as child:
                    child.ask("judge", file=str(file))
            except ChildError as error:
                self._comparison.notes.append(
                    f"the reference could not judge {size_name(size)} in float64 ({error}), so "
                    "nothing was timed there"
                )
                return None
            self._judged[size] = file
        return self._judged[size]

    def _try(self, one: Competitor, cell: Cell, expected: Path) -> Row:
        """Check a competitor, and find out how fast it is alone.

        Notes
        -----
        No process computes at two sizes: `torch.compile` takes the second for one of many, and
        compiles another function than a process that has only ever seen one.
        """
        row, size = Row(one.name), checked_size(cell.size)
        with _failure_noted(row), self._child(one, cell, size) as child:
            errors = child.ask("check", file=str(expected))
            row.loss_error, row.gradient_error = errors["loss_error"], errors["gradient_error"]
            row.checked_at = size
            row.failure = row.wrong
            if row.failure is None and size == cell.size:
                row.trial_seconds, row.peak_mb = _trial(child)
        if row.failure is None and size != cell.size:
            with _failure_noted(row), self._child(one, cell) as child:
                row.trial_seconds, row.peak_mb = _trial(child)
        return row

    def _rounds(self, cell: Cell) -> None:
        """Let the fastest form of each library and every engine have turns."""
        rows = fastest_forms(cell.rows)
        needed = sum(row.peak_mb or 0.0 for row in rows) * 1e6
        free = available_bytes()
        cell.in_turn = free is None or needed <= free
        for group in [rows] if cell.in_turn else [[row] for row in rows]:
            with ExitStack() as stack:
                children: list[tuple[Row, Child]] = []
                for row in group:
                    with _failure_noted(row):
                        child = stack.enter_context(self._child(row.competitor, cell))
                        children.append((row, child))
                self._take_turns(cell, children)

    def _take_turns(self, cell: Cell, children: list[tuple[Row, Child]]) -> None:
        for row, child in children:
            self._tell(cell, f"starting {row.name}")
            with _failure_noted(row):
                child.ask("evaluate", at_least=0.0)
        for number in range(self._plan.rounds):
            for row, child in children:
                self._tell(cell, f"round {number + 1} of {self._plan.rounds}, {row.name}")
                if row.failure is None:
                    with _failure_noted(row):
                        _add(row, child.ask("evaluate", at_least=SAMPLE))

    def _child(self, one: Competitor, cell: Cell, size: Size | None = None) -> Child:
        return Child(one, self._plan.preset, size or cell.size, cell.threads)

    def _tell(self, cell: Cell, what: str) -> None:
        threads = counted(cell.threads, "thread")
        self._step(f"{size_name(cell.size)}, {threads}: {what}")

    def _step(self, text: str) -> None:
        self._on_step(min(1.0, self._done / self._steps), text)
        self._done += 1


def fastest_forms(rows: list[Row]) -> list[Row]:
    """Leave, of rows that are forms of the same, the fastest that is right."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.trial_seconds is None:
            continue
        key = (row.competitor.family, row.competitor.rivals)
        known = best.get(key)
        if known is None or row.trial_seconds < (known.trial_seconds or math.inf):
            best[key] = row
    return list(best.values())


def _trial(child: Child) -> tuple[float, float]:
    """Evaluate once to warm up, and twice more unless that takes long."""
    answers = [child.ask("evaluate", at_least=0.0)]
    if answers[0]["seconds"] < LONG:
        answers = [child.ask("evaluate", at_least=0.0) for _ in range(2)]
    return min(answer["seconds"] for answer in answers), answers[-1]["peak_mb"]


def _add(row: Row, answer: dict[str, Any]) -> None:
    row.seconds.append(answer["seconds"])
    row.cpu_seconds.append(answer["cpu_seconds"])
    row.peak_mb, row.device_mb = answer["peak_mb"], answer["device_mb"]
    row.loss = answer["loss"]


@contextmanager
def _failure_noted(row: Row) -> Iterator[None]:
    try:
        yield
    except ChildError as error:
        row.failure = str(error)


def _count_steps(plan: Plan) -> int:
    """Count what `_Run` will tell of."""
    count = len({checked_size(size) for size in plan.sizes})
    for size, _ in plan.cells:
        count += len(plan.competitors(size)) + (1 + plan.rounds) * len(finalists(plan, size))
    return count
