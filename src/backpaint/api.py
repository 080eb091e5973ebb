"""backpaint from Python: an objective to differentiate, or a whole painting."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from .engine.objective import Objective
from .engines import DTypeName, Precision, Tuning
from .painting.painting import Painting
from .painting.prepare import Picture
from .painting.run import OnEvaluation, OnIteration, OptimizerPlace
from .painting.session import open_session
from .problem.recipe import Recipe
from .weights import VGGWeights


def objective(
    content: Picture | None,
    style: Picture | Sequence[Picture] | None = None,
    *,
    preset: str | Recipe = "gatys",
    changes: Mapping[str, Any] | None = None,
    size: int | None = None,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Sequence[float] | None = None,
    engine: str = "auto",
    dtype: DTypeName = "float32",
    threads: int | None = None,
    exact: bool = False,
    precision: Precision = "tf32",
    device: int = 0,
    tune: Tuning = "off",
) -> Objective:
    """Build the function behind a painting, for an optimizer or a gradient check of your own.

    Parameters
    ----------
    content, style, preset, changes, size, weights, style_shares, engine, dtype, threads, exact
    precision, device, tune
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
    ...     example_path("cat"), example_path("swirls"), size=64, dtype="float64"
    ... )
    >>> loss, grad = f(f.initial())
    >>> grad.shape == (f.shape[0] * f.shape[1] * 3,)
    True
    """
    session = open_session(
        content,
        style,
        preset=preset,
        changes=changes,
        size=size,
        weights=weights,
        style_shares=style_shares,
        engine=engine,
        dtype=dtype,
        threads=threads,
        exact=exact,
        precision=precision,
        device=device,
        tune=tune,
    )
    return session.build()


def paint(
    content: Picture | None,
    style: Picture | Sequence[Picture] | None,
    *,
    preset: str | Recipe = "gatys",
    changes: Mapping[str, Any] | None = None,
    size: int | None = None,
    iterations: int | None = None,
    seed: int = 0,
    init: Literal["preset", "content", "noise"] | Picture = "preset",
    weights: str | Path | VGGWeights | None = None,
    style_shares: Sequence[float] | None = None,
    engine: str = "auto",
    dtype: DTypeName = "float32",
    threads: int | None = None,
    exact: bool = False,
    precision: Precision = "tf32",
    device: int = 0,
    tune: Tuning = "off",
    optimizer_on: OptimizerPlace = "auto",
    color: Literal["style", "keep"] = "style",
    callback: OnEvaluation | None = None,
    on_iteration: OnIteration | None = None,
) -> Painting:
    """Paint one picture in the style of another.

    Parameters
    ----------
    content : path, Photograph, (H, W, 3) ndarray, or None
        What is painted; arrays hold R, G, B from 0 to 255.  None: a texture.
    style : picture, sequence of pictures, or None
        How it is painted.  None: an image from features alone.
    preset : str or Recipe
        A name from `backpaint.presets.preset_names`, or a recipe.
    changes : mapping of str to value, optional
        Keys of the recipe by dotted path: ``{"style.weight": 1e4}``.
    size : int, optional
        Pixels of the longer side, unless the preset says otherwise (``images.side``).
    iterations : int, optional
        Instead of the preset's.
    seed : int
        For noise.
    init : {"preset", "content", "noise"}, or a picture
        Where the descent starts.
    weights : {"vgg16", "vgg19"}, path, or VGGWeights, optional
        Instead of the preset's.
    style_shares : sequence of float, optional
        How much each of several styles counts.
    engine : {"auto", "gpu", "cpu", "reference"}
        What computes; ``auto`` takes the fastest that has the precision.
    dtype : {"float32", "float64"}
        Precision of the network; the engine `cpu` has float32 alone.
    threads : int, optional
        How many the engine `cpu` uses; all that there are.
    exact : bool
        Whether the engine `cpu` uses direct products instead of Winograd's.
    precision : {"exact", "tf32", "fast"}
        How the engine `gpu` multiplies in float32: exactly; with 11 significant bits; or with all
        of the network in float16.
    device : int
        Which GPU, from 0.
    tune : {"off", "own", "cudnn"}
        What chooses the kernel of each convolution on a GPU: a rule; or the clock, once for each
        GPU and size, among our own kernels, or among them and cuDNN's.
    optimizer_on : {"auto", "device", "host"}
        Where the optimizer runs: ``auto`` takes the GPU where it has this optimizer.
    color : {"style", "keep"}
        ``keep`` keeps the content's colors.
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
    wanted = dict(changes or {})
    if iterations is not None:
        wanted["optimizer.iterations"] = iterations
    start: Literal["content", "noise"] | None = None
    if isinstance(init, str) and init in ("content", "noise"):
        start, init = cast(Literal["content", "noise"], init), "preset"
    session = open_session(
        content,
        style,
        preset=preset,
        changes=wanted,
        size=size,
        start=start,
        weights=weights,
        style_shares=style_shares,
        engine=engine,
        dtype=dtype,
        threads=threads,
        exact=exact,
        precision=precision,
        device=device,
        tune=tune,
        optimizer_on=optimizer_on,
    )
    painting = session.paint(
        seed=seed,
        init=init,
        color=color,
        on_evaluation=callback,
        on_iteration=on_iteration,
    )
    if painting.error is not None:
        painting.error.painting = painting
        raise painting.error
    return painting
