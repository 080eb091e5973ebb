"""Paint the cells of a sheet, one after the other, with what they have in common computed once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..engine.objective import Objective
from ..errors import BackpaintError, UsageError
from ..painting.control import Control
from ..painting.run import OnEvaluation
from ..painting.session import Session
from .cells import Cell, Order


class Watch(Protocol):
    """The listeners of a sheet's progress."""

    def begin(self, order: Order, session: Session, objective: Objective) -> OnEvaluation:
        """Learn of a cell before its run; give who is told of each evaluation."""
        ...


def paint_cells(
    orders: Sequence[Order], watch: Watch, control: Control, *, reuse: bool = True
) -> Iterator[Cell]:
    """Paint cell after cell.

    Parameters
    ----------
    orders : sequence of Order
        In the order of painting; see `in_painting_order`.
    watch : Watch
    control : Control
        Stops the cell that is being painted, and all that follow.
    reuse : bool
        Whether a cell takes over filters and targets of the one before, where they are equal.

    Yields
    ------
    Cell
        Also of a run that failed or was stopped, with its last good picture.
    """
    objective: Objective | None = None
    for order in orders:
        if control.reason is not None:
            return
        try:
            session = order.open()
            if objective is not None:  # its memory is free before another one takes it
                objective = objective.with_problem(session.prepared.problem) if reuse else None
            objective = session.build() if objective is None else objective
            painting = session.paint(
                objective,
                seed=order.seed,
                init=order.init,
                control=control,
                on_evaluation=watch.begin(order, session, objective),
            )
        except (BackpaintError, MemoryError) as error:
            yield Cell(order, None, str(error) or "there is not enough memory")
        else:
            yield Cell(order, painting, str(painting.error or ""))


def settled(orders: Sequence[Order], note: Callable[[str], None]) -> list[tuple[Order, Session]]:
    """Open every cell once, before any work: a value that does not fit is refused here.

    Parameters
    ----------
    orders : sequence of Order
    note : callable
        Called with what a person should know, each sentence once.

    Raises
    ------
    UsageError
        If a cell's settings do not fit, with the cell's labels.
    """
    opened, told = [], set()
    for order in orders:
        try:
            session = order.open()
        except UsageError as error:
            raise UsageError(f"{order.name}: {error}") from None
        for text in session.prepared.notes:
            if text not in told:
                told.add(text)
                note(text)
        opened.append((order, session))
    return opened
