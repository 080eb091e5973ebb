"""The run behind ``backpaint sheet``: orders from options, progress over all cells, the file."""

import json
import time
from collections.abc import Callable
from functools import cache, partial
from itertools import product
from typing import Any

import click

from ... import __version__
from ...contact_sheet.axis import Axis
from ...contact_sheet.cells import Cell, Order, in_painting_order
from ...contact_sheet.drawing import draw, title_of
from ...contact_sheet.paint import paint_cells, settled
from ...engine.objective import Objective
from ...errors import INTERRUPTED, RunError, UsageError
from ...images import write_image
from ...images.write import METADATA_KEY
from ...painting.control import Control, stopped_by_signals
from ...painting.prepare import photograph
from ...painting.progress import Progress
from ...painting.run import OnEvaluation
from ...painting.session import Session
from ...weights import load_weights
from ...words import counted, duration
from .announce import seconds_per_evaluation
from .completions import AXIS_OPTIONS
from .execute import say_stopping
from .request import inputs_of, open_with, picture_of
from .view_output import check_output


def paint_sheet(
    options: dict[str, Any],
    content: str,
    styles: tuple[str, ...],
    output: str,
    axes: tuple[Axis, Axis],
    *,
    quiet: bool,
) -> None:
    """Paint all cells, and exit with the code that tells how it went.

    Parameters
    ----------
    options : dict
        The values of the shared options.
    content, styles, output
        As on the command line.
    axes : (Axis, Axis)
        Rows and columns.
    quiet : bool
        Print nothing but errors.
    """
    rows, columns = axes
    require_axes(rows, columns)
    every = list(product(range(len(rows.values)), range(len(columns.values))))
    chosen = {at: cell_options(options, axes, at) for at in every}
    for cell in chosen.values():
        check_output(output, *inputs_of(cell, content, styles))
    pictures = photograph(content), tuple(map(photograph, styles))
    load = cache(partial(load_weights, trust=options["trust_weights"]))
    orders = [order_of(cell, axes, at, pictures, load) for at, cell in chosen.items()]
    say = (lambda text: None) if quiet else click.echo
    opened = settled(orders, lambda text: say(f"note: {text}"))
    ordered = in_painting_order(opened)
    watch = SheetWatch([work for _, work in ordered], quiet=quiet)
    say(f"{counted(len(every), 'cell')}, engine {opened[0][1].engine.name}")
    title = title_of(pictures[0].name, tuple(style.name for style in pictures[1]),
                     "several presets" if "preset" in (rows.key, columns.key) else
                     str(options["preset"]))  # fmt: skip
    control, cells = Control(), {}
    del opened
    with stopped_by_signals(control, None if quiet else say_stopping) as signals:
        for done in paint_cells([order for order, _ in ordered], watch, control):
            watch.end()
            cells[done.order.row, done.order.column] = done
            write_sheet(output, title, axes, cells)
        signals.hold()
    conclude(cells, len(every), output, control, watch.seconds, say)


def require_axes(rows: Axis, columns: Axis) -> None:
    """Raise UsageError where nothing changes, or the same setting changes twice."""
    if not rows.key and not columns.key:
        raise UsageError(
            "nothing changes from cell to cell; give --rows or --columns, such as "
            "--rows style.weight=1e2,1e3,1e4"
        )
    if rows.key == columns.key:
        raise UsageError(f"{rows.key} stands in --rows and in --columns; choose another key")


def cell_options(
    options: dict[str, Any], axes: tuple[Axis, Axis], at: tuple[int, int]
) -> dict[str, Any]:
    """Return a command's options as if the cell's values had been given last."""
    own = dict(options)
    for axis, place in zip(axes, at, strict=True):
        name, value = axis.key.replace("-", "_"), axis.values[place]
        if name in AXIS_OPTIONS:
            own[name] = own_value(name, value)
        elif axis.key:
            own["changes"] = (*own["changes"], f"{axis.key}={value}")
    return own


def own_value(name: str, text: str) -> Any:
    """Convert a value as the command's own option does it."""
    context = click.get_current_context()
    (option,) = [one for one in context.command.params if one.name == name]
    if name == "style_shares":
        text = text.replace(":", ",")
    return option.type_cast_value(context, text)


def order_of(
    options: dict[str, Any],
    axes: tuple[Axis, Axis],
    at: tuple[int, int],
    pictures: Any,
    load: Callable[..., Any],
) -> Order:
    """Make a cell's order; pictures and weights are read once for all of them."""
    content, styles = pictures
    shares = options["style_shares"]
    labels = (axis.labels[place] for axis, place in zip(axes, at, strict=True))
    return Order(
        *at,
        tuple(filter(None, labels)),
        partial(open_with, options, content, styles, shares, load=load),
        seed=options["seed"],
        init=picture_of(options["init"]),
        color=options["color"],
    )


class SheetWatch:
    """Tell of each cell, and how long the rest will take.

    Parameters
    ----------
    works : list of float
        Evaluations times pixels of each cell, in the order of painting.
    quiet : bool
    """

    def __init__(self, works: list[float], *, quiet: bool) -> None:
        self._works, self._quiet = works, quiet
        self._number = 0
        self._progress: Progress | None = None
        self._begin = self._last = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the first cell began."""
        return time.perf_counter() - self._begin

    def begin(self, order: Order, session: Session, objective: Objective) -> OnEvaluation:
        """See `Watch`."""
        done, left = sum(self._works[: self._number]), sum(self._works[self._number :])
        building = time.perf_counter() - self._last
        height, width = session.prepared.problem.shape
        rate = (
            self.seconds / done if done else
            seconds_per_evaluation(session, building) / (height * width)
        )  # fmt: skip
        if not self._quiet:
            click.echo(
                f"{self._number + 1} of {len(self._works)}: {order.name} at {width} x {height}; "
                f"about {duration(rate * left)} left"
            )
        optimizer = session.prepared.problem.recipe.optimizer
        progress = self._progress = Progress(optimizer, quiet=self._quiet, only_a_bar=True)
        return progress.show

    def end(self) -> None:
        """Note that a cell is done."""
        if self._progress is not None:
            self._progress.close()
        self._number, self._progress, self._last = self._number + 1, None, time.perf_counter()


def write_sheet(
    output: str, title: str, axes: tuple[Axis, Axis], cells: dict[tuple[int, int], Cell]
) -> None:
    """Write the sheet with what is there, and each cell's settings."""
    rows, columns = axes
    pixels = draw(title, rows, columns, cells)
    record = {
        "program": f"backpaint {__version__}",
        "rows": rows.labels,
        "columns": columns.labels,
        "cells": [cells[at].record for at in sorted(cells)],
    }
    write_image(output, pixels.astype(float), None, {METADATA_KEY: json.dumps(record)})


def conclude(
    cells: dict[tuple[int, int], Cell],
    count: int,
    output: str,
    control: Control,
    seconds: float,
    say: Any,
) -> None:
    """Tell how it went; exit with the code for it."""
    for cell in cells.values():
        if cell.trouble:
            click.echo(f"{cell.order.name}: {cell.trouble}", err=True)
    if not cells:
        say("nothing was painted")
    else:
        say(f"wrote {output} with {len(cells)} of {counted(count, 'cell')}, {duration(seconds)}")
    if control.reason is not None:
        raise SystemExit(INTERRUPTED)
    if all(cell.trouble for cell in cells.values()):
        raise RunError("every cell failed; their reasons stand above")
