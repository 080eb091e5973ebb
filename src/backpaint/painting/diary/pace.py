"""The pace of a run at one or several sizes, and the time that the rest will take."""

from collections.abc import Sequence

from ..standing import Record


class Pace:
    """Measure a run's pace at the size that is being painted.

    Parameters
    ----------
    sizes : sequence of (int, int)
        How many steps (iterations or evaluations) each size takes, and its number of pixels.
    counts_iterations : bool
        Whether steps are iterations; evaluations otherwise.
    before : Record, optional
        The last one of a run that goes on.

    Notes
    -----
    A step takes a time that grows with the pixels, and smaller pictures take more of it for each
    pixel.  So what is left is its steps times pixels, in units of the size that is being painted:
    what smaller sizes took says nothing any more once a larger one has begun.  The first evaluation
    makes what the others find made, and says nothing of them.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[int, int]],
        counts_iterations: bool,
        before: Record | None = None,
    ) -> None:
        self._sizes, self._counts_iterations = sizes, counts_iterations
        self._size, self._began = 0, 0
        self._rate: float | None = None
        self._is_cold = True
        self.work, self._since = 0.0, (0.0, 0.0)
        if before is not None:
            self._size = before.scale or 0
            self._began = sum(steps for steps, _ in sizes[: self._size])
            self.work = self._work(before)
            self._since = before.seconds, self.work

    @property
    def whole(self) -> float:
        """The work of the whole run, in steps times pixels."""
        return float(sum(steps * pixels for steps, pixels in self._sizes))

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take; None until a step was measured."""
        return None if self._rate is None else self._rate * (self.whole - self.work)

    def meet(self, record: Record) -> None:
        """Learn of an evaluation; from the end of the first one on, steps are measured."""
        size = record.scale or 0
        if size != self._size:  # building its objective is no part of its pace
            self._size, self._began = size, self._steps(record, already=True)
            self._since = record.seconds, self._work(record)
        self.work = self._work(record)
        if self._is_cold:
            self._is_cold, self._since = False, (record.seconds, self.work)
        seconds, work = self._since
        if self.work > work:
            self._rate = (record.seconds - seconds) / (self.work - work)

    def _steps(self, record: Record, already: bool = False) -> int:
        """Count steps with an evaluation, or without it: what was done ``already``."""
        return record.iteration if self._counts_iterations else record.evaluation - already

    def _work(self, record: Record) -> float:
        """Compute the work that is done: sizes before, which may have ended early, and this one."""
        earlier = sum(steps * pixels for steps, pixels in self._sizes[: self._size])
        steps, pixels = self._sizes[self._size]
        return float(earlier + min(max(self._steps(record) - self._began, 0), steps) * pixels)
