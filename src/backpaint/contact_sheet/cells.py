"""The cells of a sheet: what is to be painted, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..engine.same_targets import target_settings
from ..painting.diary.progress import expected_work
from ..painting.painting import Painting
from ..painting.session import Session

Start = Any
"""What `Session.paint` takes as `init`."""


@dataclass(frozen=True)
class Order:
    """The order of one cell.

    Attributes
    ----------
    row, column : int
        Where it stands.
    labels : tuple of str
        What it changes: ``("style.weight=1e3", "images.size=128")``.
    open : callable
        Settles everything that comes before the run: reads nothing anew, and resizes.
    seed : int
    init : "preset" or picture
    """

    row: int
    column: int
    labels: tuple[str, ...]
    open: Callable[[], Session]
    seed: int = 0
    init: Start = "preset"

    @property
    def name(self) -> str:
        """Its labels in one line."""
        return ", ".join(self.labels)


@dataclass(frozen=True)
class Cell:
    """The outcome of an order.

    Attributes
    ----------
    order : Order
    painting : Painting or None
        None where nothing could be painted.
    trouble : str
        What went wrong, in words; empty if nothing did.
    """

    order: Order
    painting: Painting | None
    trouble: str = ""

    @property
    def remark(self) -> str:
        """The text below its picture."""
        if self.painting is None or not self.painting.history:
            return ""
        seconds = self.painting.history[-1].seconds
        ended = ", stopped" if self.painting.interrupted else ""
        return f"loss {self.painting.loss:.3g}, {seconds:.0f} s{ended}"

    @property
    def record(self) -> dict[str, Any]:
        """The entry of a saved sheet's metadata."""
        told = {"row": self.order.row, "column": self.order.column, "changes": self.order.labels}
        made = {} if self.painting is None else self.painting.metadata
        return told | ({"trouble": self.trouble} if self.trouble else {}) | made


def in_painting_order(orders: list[tuple[Order, Session]]) -> list[tuple[Order, float]]:
    """Sort orders so that those of equal targets follow each other, and weigh their work.

    Parameters
    ----------
    orders : list of (Order, Session)
        With the session that `Order.open` gave.

    Returns
    -------
    list of (Order, float)
        With the evaluations that it takes at least, times pixels.
    """
    groups: list[tuple[Any, list[tuple[Order, float]]]] = []
    for order, session in orders:
        problem = session.prepared.problem
        key = (problem.shape, problem.weights.sha256, target_settings(problem.recipe))
        work = expected_work(session.stages)
        for known, group in groups:
            if known == key:
                group.append((order, float(work)))
                break
        else:
            groups.append((key, [(order, float(work))]))
    return [entry for _, group in groups for entry in group]
