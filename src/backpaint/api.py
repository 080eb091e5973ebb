"""backpaint from Python: an objective to differentiate, or a whole painting."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, cast

from .engine.engine import Engine
from .engine.objective import Objective
from .old_names import refuse_old_names
from .painting.control import Control
from .painting.painting import Painting
from .painting.pictures import Picture
from .painting.run import OnEvaluation, OnIteration, OptimizerPlace
from .painting.session import open_session
from .presets import recipe
from .problem.recipe import Recipe
from .weights import VGGWeights


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
    engine: str | Engine = "auto",
) -> Objective:
    """Build the function behind a painting, for an optimizer or a gradient check of your own.

    Parameters
    ----------
    content, style, preset, size, changes, weights, style_shares, engine
        As for `paint`.

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
        engine=engine,
    )
    return session.build()


@refuse_old_names
def paint(
    content: Picture | None,
    style: Picture | Iterable[Picture] | None,
    *,
    preset: str | Path | Recipe = "gatys",
    size: int | None = None,
    iterations: int | None = None,
    changes: Mapping[str, Any] | None = None,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Iterable[float] | None = None,
    engine: str | Engine = "auto",
    optimizer_on: OptimizerPlace = "auto",
    init: Literal["preset", "content", "noise", "fast"] | Picture = "preset",
    seed: int = 0,
    color: Literal["style", "keep"] = "style",
    control: Control | None = None,
    callback: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
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
    color : {"style", "keep"}
        ``keep`` keeps the content's colors.
    control : Control, optional
        Pauses and stops the run from another thread; see `backpaint.Control`.
    callback : callable, optional
        Called with a `backpaint.painting.run.Record` after each evaluation.
    on_iteration : callable, optional
        Called with the iteration's number and the flat picture after each iteration.

    Returns
    -------
    Painting
        The picture, its history and its settings; ``painting.save("out.png")`` keeps both.

    Raises
    ------
    UsageError
        If a picture, a weights file or a setting is not usable.
    RunError
        If the run meets NaN or infinity; its attribute ``painting`` holds the last good picture.
    """
    start: Literal["content", "noise"] | None = None
    if isinstance(init, str) and init in ("content", "noise"):
        start, init = cast(Literal["content", "noise"], init), "preset"
    session = open_session(
        content,
        style,
        recipe(
            preset,
            size=size,
            iterations=iterations,
            init="noise" if content is None else start,
            changes=changes,
        ),
        weights=weights,
        style_shares=style_shares,
        engine=engine,
        optimizer_on=optimizer_on,
    )
    painting = session.paint(
        seed=seed,
        init=init,
        color=color,
        control=control,
        on_evaluation=callback,
        on_iteration=on_iteration,
    )
    if painting.error is not None:
        painting.error.painting = painting
        raise painting.error
    return painting
