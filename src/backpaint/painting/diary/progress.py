"""The progress of a run: a bar on a terminal, plain lines elsewhere."""

import shutil
import sys
from collections.abc import Sequence
from types import TracebackType

from ...problem.recipe import LBFGS, LBFGSB, Optimizer
from ...words import duration
from ..run import Record
from .pace import Pace

LINES = 20
"""How many lines a run prints where there is no terminal, about."""

NARROW = 100
"""Columns of a terminal below which there is room for a bar, or for every term, not for both."""


Stages = Sequence[tuple[Optimizer, int]]
"""The optimizer and the number of pixels of each size of a run, in the order of painting."""


def expected_in_all(stages: Stages) -> int:
    """Return how many evaluations a run takes at least, at all sizes."""
    return sum(expected_evaluations(optimizer) for optimizer, _ in stages)


def expected_work(stages: Stages, done: float = float("inf")) -> float:
    """Return what a run takes at least, in evaluations times pixels.

    Parameters
    ----------
    stages : sequence of (Optimizer, int)
    done : float
        Of that, what this many evaluations at the beginning take.

    Examples
    --------
    >>> from backpaint.presets import load_preset
    >>> gatys = load_preset("gatys").optimizer
    >>> expected_work([(gatys, 10), (gatys, 40)]), expected_work([(gatys, 10), (gatys, 40)], 201)
    (10000.0, 2040.0)
    """
    work = 0.0
    for optimizer, pixels in stages:
        count = min(done, expected_evaluations(optimizer))
        work, done = work + count * pixels, done - count
    return work


def expected_evaluations(optimizer: Optimizer) -> int:
    """Return how many evaluations a run takes at least; a line search needs a few more."""
    if isinstance(optimizer, LBFGSB):
        return optimizer.iterations * (optimizer.evaluations_per_round or 1)
    if isinstance(optimizer, LBFGS):
        step = min(optimizer.iterations_per_step, optimizer.iterations)
        return -(-optimizer.iterations // step) * step
    return optimizer.iterations


def pace_of(stages: Stages, before: Record | None = None) -> Pace:
    """Make what measures a run's pace; `before` is the last record of one that goes on."""
    sizes = [(expected_evaluations(optimizer), pixels) for optimizer, pixels in stages]
    return Pace(sizes, counts_iterations(stages[-1][0]), before)


def counts_iterations(optimizer: Optimizer) -> bool:
    """Whether the length of a run is known in iterations: how many evaluations one takes is not."""
    return isinstance(optimizer, LBFGSB) and optimizer.evaluations_per_round is None


class Progress:
    """Show each evaluation.

    Parameters
    ----------
    optimizer : Optimizer
        Whose run it is.  With a line search, iterations are counted, not evaluations: how many
        evaluations one will need is not known.
    quiet : bool
        Show nothing.
    only_a_bar : bool
        Show nothing where there is no terminal.
    before : Record, optional
        The last one of a run that goes on: the bar begins where it was.
    stages : sequence of (Optimizer, int), optional
        Of a run at several sizes: one bar for all of them, whose length is their work.
    first : int
        The size at which the run begins; none of those before is counted.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        quiet: bool = False,
        only_a_bar: bool = False,
        before: Record | None = None,
        stages: Stages | None = None,
        first: int = 0,
    ) -> None:
        from tqdm import tqdm

        self._stages = [(optimizer, 1)] if stages is None or len(stages) == 1 else stages
        self._counts_iterations = counts_iterations(optimizer)
        self._total = expected_in_all(self._stages[first:])
        self._pace = pace_of(self._stages, before)
        self._shown = 0 if before is None else self._done(before)
        quiet = quiet or sys.stderr is None  # closed by whoever started the program
        is_terminal = not quiet and sys.stderr.isatty()
        self._lines = not (quiet or is_terminal or only_a_bar)
        self._is_narrow = shutil.get_terminal_size().columns < NARROW
        self._bar = tqdm(
            total=self._pace.whole if self._has_scales else self._total,
            initial=self._pace.work if self._has_scales else self._shown,
            bar_format=self._bar_format,
            disable=quiet or not is_terminal,
            file=sys.stderr,
            leave=False,
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()

    def show(self, record: Record) -> None:
        """Show one more evaluation."""
        done = self._done(record)
        self._pace.meet(record)
        left = "" if self._pace.left is None else f"{duration(self._pace.left)} left"
        terms = "" if self._is_narrow else f" ({summarize(record)})"
        place: float = done
        told = f"{left}, " if left else ""  # the bar's own guess has the first evaluation in it
        if self._has_scales:  # of unlike pace: the bar's length is work
            place = self._pace.work
            told += f"size {(record.scale or 0) + 1} of {len(self._stages)}, "
        self._bar.set_description_str(f"{told}loss {record.loss:.4g}{terms}", refresh=False)
        self._bar.update(place - self._bar.n)
        step = max(1, self._total // LINES)
        if self._lines and (record.evaluation == 1 or done >= self._shown + step):
            self._shown = done
            print(
                f"{'iteration' if self._counts_iterations else 'evaluation'} {done}/{self._total}  "
                f"loss {record.loss:.6g}  ({summarize(record)})  {duration(record.seconds)}"
                f"{left and f', {left}'}",
                file=sys.stderr,
                flush=True,
            )

    @property
    def _has_scales(self) -> bool:
        return len(self._stages) > 1

    @property
    def _bar_format(self) -> str:
        if self._has_scales or self._is_narrow:
            return "{percentage:3.0f}%|{bar}| {desc}"
        return "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}] {desc}"

    def _done(self, record: Record) -> int:
        """Count what is done, of what the bar counts."""
        count = record.iteration if self._counts_iterations else record.evaluation
        return min(count, self._total)


def summarize(record: Record) -> str:
    """Sum the terms of each kind: ``content 1.2e+05, style 3.4e+04``.

    Examples
    --------
    >>> summarize(Record(1, 0, 6.0, {"content relu4_2": 1.0, "style a": 2.0, "style b": 3.0}, 0, 0))
    'content 1, style 5'
    """
    kinds: dict[str, float] = {}
    for name, value in record.terms.items():
        kind = "TV" if name == "total variation" else name.split()[0]
        kinds[kind] = kinds.get(kind, 0.0) + value
    return ", ".join(f"{kind} {value:.3g}" for kind, value in kinds.items())
