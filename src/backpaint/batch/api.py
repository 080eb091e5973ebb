"""A batch from Python: plan, jobs, course."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from ..cluster.address import checked_workers
from ..cluster.crews import crew_of
from ..cpu.engine import CPU
from ..cpu.threads.team import available_processors
from ..engine.engine import Engine
from ..engine.free_memory import available_bytes
from ..engines import resolve_engine
from ..errors import UsageError, require_callable, whole_number
from ..painting.control import Control
from ..painting.pictures import photograph
from ..painting.run import OptimizerPlace
from ..presets import DEFAULT, recipe
from ..presets.compose import ColorName
from ..problem.recipe import Recipe
from ..weights import load_weights
from ..weights.load import absolute_name
from .child import open_order
from .child import photograph as read_photograph
from .children import Children
from .course import Report, run_batch
from .order import Order, Settings
from .pictures import find_pictures
from .plan import Plan, make_folder, make_plan, paired
from .workers import Workers

NAME = "{content}-{style}.png"
Pictures = str | Path | Iterable[str | Path]


def paint_batch(
    contents: Pictures,
    styles: Pictures,
    folder: str | Path,
    *,
    preset: str | Path | Recipe = DEFAULT,
    size: int | None = None,
    iterations: int | None = None,
    changes: Mapping[str, Any] | None = None,
    weights: str | Path | None = None,
    style_layers: Mapping[str, float] | None = None,
    style_scale: float | None = None,
    engine: str | Engine = "auto",
    optimizer_on: OptimizerPlace = "auto",
    init: str | Path = "preset",
    seed: int = 0,
    color: ColorName | None = None,
    pairs: Literal["all", "zip"] = "all",
    name: str = NAME,
    again: bool = False,
    jobs: int | Literal["auto"] = 1,
    workers: int | str | None = None,
    checkpoint: bool = False,
    control: Control | None = None,
    say: Callable[[str], None] | None = None,
) -> Report:
    """Paint every content in every style, except what is done already.

    Parameters
    ----------
    contents, styles : path or iterable of paths
        Pictures, folders with pictures, or ``"@FILE"``, a list with a path on each line.
    folder : str or Path
        For the paintings; none that pictures are taken from.
    preset, size, iterations, changes, weights, engine, optimizer_on, init, seed, color
        As for `backpaint.paint`; pictures and weights are files.
    style_layers : mapping of str to float, optional
        Layers and their weights, instead of the recipe's.
    style_scale : float, optional
        Factor on the styles' sizes.
    pairs : {"all", "zip"}
        Every content in every style, or the first in the first, the second in the second.
    name : str
        The paintings' names; ``{content}`` and ``{style}`` stand for those of the pictures.
    again : bool
        Whether to replace what is there under such a name and was made otherwise.
    jobs : int or "auto"
        Processes that paint at a time; each has its part of the processors.
    workers : int or str, optional
        Who paint instead: so many workers of Dask on this machine, or those of a scheduler's
        address, as for `backpaint.Tiles`.  There, ``engine="auto"`` is each machine's fastest.
    checkpoint : bool
        Whether each run is kept on its way, so that a batch that was stopped or killed goes on in
        the middle of a picture.
    control : Control, optional
        Stops it from elsewhere.
    say : callable, optional
        Called with a line after each picture.

    Returns
    -------
    Report
        What was painted, was done before, failed and why.

    Raises
    ------
    UsageError
        If something does not fit; nothing was painted then.
    """
    require_callable("say", say)
    start = cast(Any, init if init in ("content", "noise") else None)
    made = recipe(
        preset,
        size=size,
        iterations=iterations,
        init=start,
        weights=weights,
        color=color,
        changes=changes,
    )
    plan, painters = prepare_batch(
        contents,
        styles,
        folder,
        made,
        engine=engine,
        optimizer_on=optimizer_on,
        seed=whole_number("seed", seed, least=0),
        init="preset" if start else os.fspath(init),
        style_layers=None if style_layers is None else [dict(style_layers)],
        style_scales=None if style_scale is None else [style_scale],
        pairs=pairs,
        name=name,
        again=again,
        jobs=jobs,
        workers=workers,
        checkpoint=checkpoint,
    )
    return run_batch(plan, painters, control or Control(), say or (lambda line: None))


def prepare_batch(
    contents: Pictures,
    styles: Pictures,
    folder: str | Path,
    made: Recipe,
    *,
    engine: str | Engine,
    optimizer_on: str,
    seed: int,
    init: str,
    style_layers: Sequence[Mapping[str, float]] | None,
    style_scales: Sequence[float] | None,
    pairs: str,
    name: str,
    again: bool,
    jobs: int | str,
    workers: int | str | None,
    checkpoint: bool,
    trust: bool = False,
) -> tuple[Plan, Children | Workers]:
    """Settle a batch before any work; parameters are those of `paint_batch`.

    Returns
    -------
    plan : Plan
    painters : Children or Workers
    """
    where = _checked_workers(workers, jobs, checkpoint)
    both = paired(find_pictures(contents), find_pictures(styles), pairs)
    chosen, is_theirs = resolve_engine(engine, made), isinstance(where, str) and engine == "auto"
    if init not in ("preset", "fast"):
        photograph(init)
    sent = made
    if where is not None:
        sent = msgspec.structs.replace(made, weights=absolute_name(made.weights))
    settings = Settings(
        recipe=sent,
        weights_sha256=load_weights(made.weights, trust=trust).sha256,
        trust=trust,
        engine="auto" if is_theirs else chosen.name,
        engine_options={} if is_theirs else asdict(cast(Any, chosen)),
        optimizer_on=optimizer_on,
        seed=seed,
        init=init,
        style_layers=None if style_layers is None else [dict(table) for table in style_layers],
        style_scales=None if style_scales is None else [*style_scales],
        checkpoint=checkpoint,
    )
    plan = make_plan(both, settings, Path(folder), name, again)
    asked, option = (where, "workers") if isinstance(where, int) else (jobs, "jobs")
    count = number_of_jobs(asked, plan.todo, chosen, option)
    if count > 1:
        plan = replace(plan, todo=tuple(shared(order, count) for order in plan.todo))
    make_folder(plan)
    if where is None or not plan.todo:
        return plan, Children(plan.todo, count)
    return plan, Workers(plan.todo, crew_of(where, None))  # whose count is its own


def _checked_workers(
    workers: int | str | None, jobs: int | str, checkpoint: bool
) -> int | str | None:
    """Refuse workers that would be none, and what they cannot have."""
    if workers is None:
        return None
    where = checked_workers(workers)
    if where == 0:
        raise UsageError(
            "workers is 0, and a batch has a process for its pictures anyway; expected 1 or more, "
            "or the address of a scheduler; or leave it out"
        )
    if jobs != 1 or checkpoint:
        what = "checkpoint keeps runs on this machine" if checkpoint else f"jobs is {jobs!r}"
        raise UsageError(
            f"{what}, and pictures are painted by workers, as many as there are; leave one out"
        )
    return where


def number_of_jobs(
    jobs: int | str, todo: Sequence[Order], engine: Engine, option: str = "jobs"
) -> int:
    """Return how many processes to start; settings that fit no picture are refused here.

    Parameters
    ----------
    jobs : int or "auto"
    todo : sequence of Order
    engine : Engine
    option : str
        By what they were asked for, ``jobs`` or ``workers``.

    Raises
    ------
    UsageError
        If the number is none, several would share a GPU, or the first pictures do not fit.
    """
    if jobs != "auto" and whole_number(option, jobs, least=1) > 1 and not isinstance(engine, CPU):
        raise UsageError(
            f"{option} is {jobs}, and the engine {engine.name}; several of them share the "
            f"processors of this machine with the engine cpu alone; choose that, or {option} 1"
        )
    estimate = _estimate(todo, engine)
    if jobs != "auto":
        return int(jobs)
    if not isinstance(engine, CPU) or estimate is None:
        return 1
    free = available_bytes()
    by_memory = available_processors() if free is None else free // estimate
    return max(1, min(available_processors() // 2, by_memory, len(todo)))


def _estimate(todo: Sequence[Order], engine: Engine) -> int | None:
    """Return the bytes that a picture takes; one that is broken is not asked."""
    for order in todo[:3]:
        with suppress(UsageError):
            read_photograph(order.content, order.content_sha256)
            read_photograph(order.style, order.style_sha256)
            break
    else:
        return None
    return max(1, engine.estimate_bytes(open_order(order).prepared.problem))


def shared(order: Order, jobs: int) -> Order:
    """Return an order with its part of the processors, unless threads were asked for."""
    options = dict(order.settings.engine_options)
    options["threads"] = options["threads"] or max(1, available_processors() // jobs)
    settings = msgspec.structs.replace(order.settings, engine_options=options)
    return msgspec.structs.replace(order, settings=settings)
