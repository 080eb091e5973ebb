"""The run behind ``backpaint sheet``: orders from options, progress over all cells, the file."""

import json
import time
from collections.abc import Callable
from functools import cache, partial
from itertools import product
from typing import Any

import click

from ... import __version__
from ...contact_sheet.axis import Axis, overlap
from ...contact_sheet.cells import Cell, Order, in_painting_order
from ...contact_sheet.drawing import draw, title_of
from ...contact_sheet.paint import paint_cells, settled
from ...engine.objective import Objective
from ...errors import INTERRUPTED, RunError, UsageError, did_you_mean
from ...images import write_image
from ...images.write import METADATA_KEY, is_standard_output
from ...masks import Masks, read_masks
from ...painting.control import Control, stopped_by_signals
from ...painting.diary.progress import Progress
from ...painting.pictures import photograph
from ...painting.run import OnEvaluation, Record
from ...painting.session import Session
from ...problem.keys import recipe_keys
from ...weights import load_weights
from ...words import counted, duration
from ..shared.announce import seconds_per_evaluation
from ..shared.completions import AXIS_OPTIONS
from ..shared.execute import say_stopping
from ..shared.messages import tell, unheard
from ..shared.outputs import Outputs
from ..shared.per_style import masks_of
from ..shared.request import RECIPE_KEYS, inputs_of, open_with, picture_of


def paint_sheet(
    options: dict[str, Any],
    content: str,
    styles: tuple[str, ...],
    outputs: Outputs,
    axes: tuple[Axis, Axis],
) -> None:
    """Paint all cells, and exit with the code that tells how it went.

    Parameters
    ----------
    options : dict
        The values of the shared options.
    content, styles
        As on the command line.
    outputs : Outputs
        Where the sheet goes; to standard output it goes once, at the end.
    axes : (Axis, Axis)
        Rows and columns.
    """
    rows, columns = axes
    require_axes(rows, columns)
    every = list(product(range(len(rows.values)), range(len(columns.values))))
    chosen = {at: cell_options(options, axes, at) for at in every}
    outputs.check(*{path for c in chosen.values() for path in inputs_of(c, content, styles)})
    pictures = photograph(content), tuple(map(photograph, styles))
    masks = read_masks(masks_of(options))
    load = cache(partial(load_weights, trust=options["trust_weights"]))
    orders = [order_of(cell, axes, at, pictures, masks, load) for at, cell in chosen.items()]
    opened = settled(orders, lambda text: outputs.say(f"note: {text}"))
    outputs.say_replaced()
    ordered = in_painting_order(opened)
    watch = SheetWatch([work for _, work in ordered], outputs)
    outputs.say(f"{counted(len(every), 'cell')}, engine {opened[0][1].engine.name}")
    title = title_of(pictures[0].name, tuple(style.name for style in pictures[1]),
                     "several presets" if "preset" in (rows.key, columns.key) else
                     str(options["preset"]))  # fmt: skip
    control, cells = Control(), {}
    del opened
    with stopped_by_signals(control, None if outputs.quiet else say_stopping) as signals:
        for done in paint_cells([order for order, _ in ordered], watch, control):
            watch.end()
            cells[done.order.row, done.order.column] = done
            is_last = control.reason is not None or len(cells) == len(every)
            if is_last or not is_standard_output(outputs.picture):
                write_sheet(outputs, title, axes, cells)
        signals.hold()
    conclude(cells, len(every), outputs, control, watch.seconds)


def require_axes(rows: Axis, columns: Axis) -> None:
    """Raise UsageError where nothing changes, or the same setting changes twice."""
    if not rows.key and not columns.key:
        raise UsageError(
            "nothing changes from cell to cell; give --rows or --columns, such as "
            "--rows style.weight=1e2,1e3,1e4"
        )
    require_key("--rows", rows)
    require_key("--columns", columns)
    if rows.key == columns.key:
        raise UsageError(f"{rows.key} stands in --rows and in --columns; choose another key")
    if rows.key and columns.key and overlap(recipe_key(rows.key), recipe_key(columns.key)):
        raise UsageError(
            f"--rows and --columns set the same key, {rows.key} and {columns.key}; choose another "
            "for one of them"
        )


def require_key(option: str, axis: Axis) -> None:
    """Raise UsageError where a side's key is neither a recipe's nor an option that may change."""
    taken = [name.replace("_", "-") for name in AXIS_OPTIONS]
    tables = {key.path.partition(".")[0] for key in recipe_keys()}
    table = axis.key.partition(".")[0]
    if axis.key and table not in tables and axis.key.replace("_", "-") not in taken:
        raise UsageError(
            f"{option} has the key {axis.key!r}{did_you_mean(axis.key, [*taken, *tables])}, which "
            "does not change from cell to cell; expected a key of the recipe such as "
            f"style.weight, or one of {', '.join(taken)}"
        )


def recipe_key(key: str) -> str:
    """Return the recipe's name for a key, which an option may have another name for."""
    return RECIPE_KEYS.get(key.replace("-", "_"), key)


def cell_options(
    options: dict[str, Any], axes: tuple[Axis, Axis], at: tuple[int, int]
) -> dict[str, Any]:
    """Return a command's options as if the cell's values had been given last."""
    own = dict(options)
    for axis, place in zip(axes, at, strict=True):
        name, value = axis.key.replace("-", "_"), axis.values[place]
        if name in AXIS_OPTIONS:
            own[name] = own_value(name, value)
            # --set counts more than the options of other names
            own["changes"] = tuple(
                change
                for change in own["changes"]
                if change.partition("=")[0].strip() != recipe_key(name)
            )
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
    masks: Masks | None,
    load: Callable[..., Any],
) -> Order:
    """Make a cell's order; pictures, masks and weights are read once for all of them."""
    content, styles = pictures
    labels = (axis.labels[place] for axis, place in zip(axes, at, strict=True))
    return Order(
        *at,
        tuple(filter(None, labels)),
        partial(open_with, options, content, styles, load=load, masks=masks),
        seed=options["seed"],
        init=picture_of(options["init"]),
    )


class SheetWatch:
    """Tell of each cell, and how long the rest will take.

    Parameters
    ----------
    works : list of float
        Evaluations times pixels of each cell, in the order of painting.
    outputs : Outputs
        How much is said, and where.
    """

    def __init__(self, works: list[float], outputs: Outputs) -> None:
        self._works, self._outputs = works, outputs
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
        self._outputs.say(
            f"{self._number + 1} of {len(self._works)}: {order.name} at {width} x {height}; "
            f"about {duration(rate * left)} left"
        )
        optimizer = session.prepared.problem.recipe.optimizer
        progress = Progress(
            optimizer, quiet=self._outputs.quiet, only_a_bar=True, stages=session.stages
        )
        self._progress = progress

        def show(record: Record) -> None:
            with unheard("stderr"):
                progress.show(record)

        return show

    def end(self) -> None:
        """Note that a cell is done."""
        if self._progress is not None:
            self._progress.close()
        self._number, self._progress, self._last = self._number + 1, None, time.perf_counter()


def write_sheet(
    outputs: Outputs, title: str, axes: tuple[Axis, Axis], cells: dict[tuple[int, int], Cell]
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
    metadata = {METADATA_KEY: json.dumps(record)}
    outputs.save(lambda path: write_image(path, pixels.astype(float), None, metadata))


def conclude(
    cells: dict[tuple[int, int], Cell],
    count: int,
    outputs: Outputs,
    control: Control,
    seconds: float,
) -> None:
    """Print the summary; exit with its code."""
    for cell in cells.values():
        if cell.trouble:
            tell(f"{cell.order.name}: {cell.trouble}", "stderr")
    if cells:
        painted = f"{len(cells)} of {counted(count, 'cell')}, {duration(seconds)}"
        outputs.say(f"wrote {outputs.picture} with {painted}")
    else:
        outputs.say("nothing was painted")
    if control.reason is not None:
        raise SystemExit(INTERRUPTED)
    if all(cell.trouble for cell in cells.values()):
        raise RunError("every cell failed; their reasons stand above")
