"""A batch on its way: its diary, its progress, its report."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any

from ..errors import RunError, UsageError
from ..painting.control import Control
from ..regular_file import open_regular
from ..words import duration
from .children import Children, Say
from .order import Order
from .plan import MANIFEST, Plan
from .workers import Workers


@dataclass
class Report:
    """The outcome of a batch.

    Attributes
    ----------
    painted, skipped : list of Path
        Those that were painted now, and those that were done before.
    failed : dict of Path to str
        Why some were not painted, in a sentence each.
    interrupted : bool
        Whether it was stopped before all had their turn.
    """

    painted: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failed: dict[Path, str] = field(default_factory=dict)
    interrupted: bool = False


def run_batch(plan: Plan, painters: Children | Workers, control: Control, say: Say) -> Report:
    """Paint what a plan has to do.

    Parameters
    ----------
    plan : Plan
    painters : Children or Workers
        Who paint.
    control : Control
        Stops it; what is painted stays.
    say : callable
        Called with a line for a person after each picture.

    Raises
    ------
    UsageError
        If the diary cannot be written.
    RunError
        If all workers are gone; what is painted stays, and its `report` tells of it.
    """
    report = Report(skipped=[Path(order.output) for order in plan.done])
    if not plan.todo:
        return report
    try:
        diary = open_regular(plan.folder / MANIFEST, "a", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{plan.folder / MANIFEST} cannot be written: {error.strerror}; choose another folder"
        ) from None
    with diary:
        try:
            _paint_all(len(plan.todo), painters, control, say, diary, report)
        except RunError as error:
            error.report = report
            raise
        finally:
            report.interrupted = len(report.painted) + len(report.failed) < len(plan.todo)
    return report


def _paint_all(
    count: int,
    painters: Children | Workers,
    control: Control,
    say: Say,
    diary: IO[str],
    report: Report,
) -> None:
    """Paint, and note what becomes of each picture in diary and report."""
    seconds: list[float] = []
    for order, told in painters.outcomes(control, say):
        diary.write(json.dumps(entry(order, told)) + "\n")
        diary.flush()
        if "error" in told:
            report.failed[Path(order.output)] = told["error"]
        else:
            report.painted.append(Path(order.output))
            seconds.append(told["seconds"])
        ready = len(report.painted) + len(report.failed)
        say(progress(order, told, ready, count, seconds, painters.count))


def entry(order: Order, told: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the diary."""
    return {
        "output": order.name,
        "content": order.content,
        "style": order.style,
        "digest": order.digest,
        **{key: told.get(key) for key in ("loss", "iterations", "seconds", "error")},
    }


def progress(
    order: Order, told: dict[str, Any], ready: int, count: int, seconds: list[float], at_once: int
) -> str:
    """Return a line for a person.

    Examples
    --------
    >>> order = Order("a.png", "b.png", "out/a-b.png", "", "", "", None)
    >>> progress(order, {"loss": 12.5, "seconds": 3.0}, 1, 5, [3.0], 2)
    '1/5  a-b.png  loss 12.5, 3 s, about 6 s left'
    >>> progress(order, {"error": "no picture"}, 5, 5, [], 1)
    '5/5  a-b.png  failed: no picture'
    """
    if "error" in told:
        what = f"failed: {told['error']}"
    else:
        what = f"loss {told['loss']:.4g}, {duration(told['seconds'])}"
    left = ""
    if seconds and ready < count:
        left = f", about {duration(median(seconds) * -(-(count - ready) // at_once))} left"
    return f"{ready}/{count}  {order.name}  {what}{left}"
