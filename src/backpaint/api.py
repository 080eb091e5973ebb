"""backpaint from Python: an objective to differentiate, or a whole painting."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from .engine.engine import Engine
from .engine.objective import Objective
from .engines import resolve_engine
from .errors import RunError, UsageError
from .film import Film
from .masks import Masks
from .old_names import refuse_old_names
from .painting.control import Control
from .painting.painting import Painting
from .painting.pictures import Picture
from .painting.run import OnEvaluation, OnIteration, OptimizerPlace
from .painting.session import Session, Start, open_session
from .painting.standing import Keeper
from .presets import DEFAULT, recipe
from .presets.compose import ColorName
from .problem.recipe import Recipe
from .weights import VGGWeights

_LOG = logging.getLogger("backpaint")
"""Python writes its warnings to stderr, unless a program sets up something else."""


@refuse_old_names
def objective(
    content: Picture | None,
    style: Picture | Iterable[Picture] | None = None,
    *,
    preset: str | Path | Recipe = "gatys",
    size: int | None = None,
    changes: Mapping[str, Any] | None = None,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Iterable[float] | None = None,
    style_layers: Sequence[Mapping[str, float]] | None = None,
    style_scales: Iterable[float] | None = None,
    masks: Masks | Sequence[Any] | None = None,
    engine: str | Engine = "auto",
) -> Objective:
    """Build the function behind a painting, for an optimizer or a gradient check of your own.

    Parameters
    ----------
    content, style, preset, size, changes, weights, style_shares, style_layers, style_scales
        As for `paint`.
    masks, engine
        Likewise.

    Returns
    -------
    Objective
        ``loss, grad = objective(x)`` with flat float64 arrays; also ``objective.shape``,
        ``.terms(x)``, ``.initial(seed=0)`` and ``.to_image(x)``.

    Raises
    ------
    UsageError
        If a picture, a weights file or a setting is not usable.

    Examples
    --------
    >>> import backpaint
    >>> from backpaint.examples import example_path
    >>> f = backpaint.objective(
    ...     example_path("cat"),
    ...     example_path("swirls"),
    ...     size=64,
    ...     engine=backpaint.Reference(dtype="float64"),
    ... )
    >>> loss, grad = f(f.initial())
    >>> grad.shape == (f.shape[0] * f.shape[1] * 3,)
    True
    """
    session = open_session(
        content,
        style,
        recipe(preset, size=size, init="noise" if content is None else None, changes=changes),
        weights=weights,
        style_shares=style_shares,
        style_layers=style_layers,
        style_scales=style_scales,
        masks=masks,
        engine=engine,
    )
    return session.build()


@refuse_old_names
def paint(
    content: Picture | None,
    style: Picture | Iterable[Picture] | None,
    *,
    preset: str | Path | Recipe = DEFAULT,
    size: int | None = None,
    iterations: int | None = None,
    changes: Mapping[str, Any] | None = None,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Iterable[float] | None = None,
    style_layers: Sequence[Mapping[str, float]] | None = None,
    style_scales: Iterable[float] | None = None,
    masks: Masks | Sequence[Any] | None = None,
    engine: str | Engine = "auto",
    optimizer_on: OptimizerPlace = "auto",
    init: Literal["preset", "content", "noise", "fast"] | Picture = "preset",
    seed: int = 0,
    color: ColorName | None = None,
    control: Control | None = None,
    callback: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int = 25,
    film: str | Path | Film | None = None,
) -> Painting:
    """Paint one picture in the style of another.

    Parameters
    ----------
    content : path, Photograph, PIL.Image.Image, (H, W, 3) ndarray, or None
        What is painted; arrays hold R, G, B from 0 to 255.  None: a texture.
    style : picture, iterable of pictures, or None
        How it is painted.  None: an image from features alone; an empty list is refused.
    preset : str, Path or Recipe
        A name from `backpaint.preset_names`, a recipe's TOML file, or a recipe; `backpaint.recipe`
        makes one.
    size, iterations : int, optional
        Shortcuts for `backpaint.recipe`: pixels of the longer side, unless the preset measures
        another one (``images.side``); iterations instead of the preset's.
    changes : mapping of str to value, optional
        Likewise, keys of the recipe by dotted path: ``{"style.weight": 1e4}``.
    weights : {"vgg16", "vgg19"}, path, or VGGWeights, optional
        Instead of the recipe's.
    style_shares : iterable of float, optional
        How much each of several styles counts.
    style_layers : sequence of mappings of str to float, optional
        Layers and their weights, a table for each style, instead of the recipe's one.
    style_scales : iterable of float, optional
        Factors on the styles' sizes, one each, instead of the recipe's ``images.style_scale``.
    masks : Masks or sequence of masks, optional
        Where each style counts; `backpaint.Masks` says more: parts of the styles' pictures, maps of
        colors, where the content counts, and what is painted at all.
    engine : str or Engine
        What computes: ``"gpu"``, ``"cpu"`` or ``"reference"`` with its defaults, the fastest of
        them for ``"auto"``, or `backpaint.GPU`, `backpaint.CPU` or `backpaint.Reference` with
        options.
    optimizer_on : {"auto", "device", "host"}
        Where the optimizer runs: ``auto`` takes the GPU where it has this optimizer.
    init : {"preset", "content", "noise", "fast"}, or a picture
        Where the descent starts; ``fast`` is what `backpaint.stylize` paints.
    seed : int
        For noise.
    color : {"style", "keep", "match", "luma"}, optional
        Whose colors are painted, instead of the recipe's choice: ``keep`` puts the content's
        colors back, ``match`` brings the style to them first, ``luma`` paints light and dark alone.
    control : Control, optional
        Pauses and stops the run from another thread; see `backpaint.Control`.
    callback : callable, optional
        Called with a `backpaint.painting.run.Record` after each evaluation.
    on_iteration : callable, optional
        Called with the iteration's number and the flat picture after each iteration.
    checkpoint : str or Path, optional
        A file in which the run is kept, to go on later with `resume`.
    checkpoint_every : int
        Iterations between two of its versions; it is also written at the start, and at the end,
        whatever ends the run.
    film : str, Path or Film, optional
        A file for a film of the descent, ``.webp``, ``.gif`` or ``.mp4``; `backpaint.Film` says how
        long it is, and whether the loss runs along.

    Returns
    -------
    Painting
        The picture, its history and its settings; ``painting.save("out.png")`` keeps both.

    Raises
    ------
    UsageError
        If a picture, a weights file or a setting is not usable.
    RunError
        If the run meets NaN or infinity, or its film cannot be written; its attribute ``painting``
        holds the last good picture.
    """
    ordered = _ordered(film)
    start: Literal["content", "noise"] | None = None
    if isinstance(init, str) and init in ("content", "noise"):
        start, init = cast(Literal["content", "noise"], init), "preset"
    if content is None and color not in (None, "style"):
        raise UsageError(
            f"color is {color!r}, but there is no content whose colors could be taken; give a "
            "content, or leave color out"
        )
    session = open_session(
        content,
        style,
        recipe(
            preset,
            size=size,
            iterations=iterations,
            init="noise" if content is None else start,
            color=color,
            changes=changes,
        ),
        weights=weights,
        style_shares=style_shares,
        style_layers=style_layers,
        style_scales=style_scales,
        masks=masks,
        engine=engine,
        optimizer_on=optimizer_on,
    )
    return _run(
        session,
        ordered,
        seed=seed,
        init=init,
        control=control,
        on_evaluation=callback,
        on_iteration=on_iteration,
        keeper=_keeper(checkpoint, checkpoint_every, session),
    )


def resume(
    checkpoint: str | Path,
    *,
    iterations: int | None = None,
    weights: str | Path | VGGWeights | None = None,
    engine: str | Engine | None = None,
    not_identical: bool = False,
    control: Control | None = None,
    callback: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
    checkpoint_every: int | None = None,
    film: str | Path | Film | None = None,
) -> Painting:
    """Go on with a run that was kept, to the bits of the picture that it would have painted.

    Parameters
    ----------
    checkpoint : str or Path
        The file that `paint` was given; it is written on.
    iterations : int, optional
        In all, instead of those that the run was to have: a run of 200 becomes one of 400.
    weights : {"vgg16", "vgg19"}, path, or VGGWeights, optional
        The network, where it is not an embedded one.
    engine : str or Engine, optional
        What computes, instead of the engine that the run had; ``"auto"`` is that one.
    not_identical : bool
        Go on also where versions, processor, engine or weights are others, so that bits may
        differ; where the optimizer's memory has another form, from the picture alone: a new run of
        the iterations that are left, which is not kept.
    control, callback, on_iteration
        As for `paint`; numbers of evaluations and iterations go on.
    checkpoint_every : int, optional
        Instead of the run's.
    film : str, Path or Film, optional
        As for `paint`; it begins where this run goes on.

    Returns
    -------
    Painting
        With the history of the whole run.

    Raises
    ------
    UsageError
        If the file is no checkpoint or is damaged, or the picture could differ and
        `not_identical` is not set.
    RunError
        As for `paint`.

    Examples
    --------
    >>> import tempfile
    >>> from backpaint.examples import example_path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = f"{folder}/run.backpaint"
    ...     short = paint(
    ...         example_path("cat"), example_path("swirls"), size=32, iterations=1, checkpoint=file
    ...     )
    ...     longer = resume(file, iterations=2)
    >>> longer.reason, longer.history[: len(short.history)] == short.history
    ('all 2 iterations are done', True)
    """
    from .checkpoint import go_on, require_path

    require_path(checkpoint)
    ordered = _ordered(film)
    run = go_on(
        checkpoint,
        iterations=iterations,
        weights=weights,
        engine=None if engine is None or engine == "auto" else resolve_engine(engine),
        not_identical=not_identical,
    )
    every = run.every if checkpoint_every is None else checkpoint_every
    return _run(
        run.session,
        ordered,
        start=run.start,
        control=control,
        on_evaluation=callback,
        on_iteration=on_iteration,
        keeper=_keeper(None if run.is_anew else checkpoint, every, run.session),
    )


def _ordered(film: str | Path | Film | None) -> Film | None:
    """Check a film's order, if there is one."""
    if film is None:
        return None
    from .film.film import as_film

    return as_film(film)


def _run(session: Session, film: Film | None, **run: Any) -> Painting:
    """Paint, and write the film of it if one is wanted."""
    if film is None:
        return _good(session.paint(**run))
    from .film.recorder import Recorder

    with Recorder(film, session.stages) as recorder:
        told = recorder.listeners(run.pop("on_evaluation"), run.pop("on_iteration"))
        painting = session.paint(**run, **told)
        try:
            recorder.finish(painting)
        except RunError as error:
            painting = replace(painting, error=painting.error or error)
    if recorder.trouble is not None:
        _LOG.warning(recorder.trouble)
    return _good(painting)


def _keeper(
    path: str | Path | None, every: int, session: Session
) -> Callable[[Start], Keeper] | None:
    """Make what makes a run's keeper; None where nothing is to be kept."""
    if path is None:
        return None
    from .checkpoint import FileKeeper, require_keepable

    return partial(FileKeeper, path, require_keepable(path, every), session, _LOG.warning)


def _good(painting: Painting) -> Painting:
    """Return what was painted, or raise what ended the run."""
    if painting.error is not None:
        painting.error.painting = painting
        raise painting.error
    return painting
