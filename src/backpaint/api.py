"""backpaint from Python: an objective to differentiate, or a whole painting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .engine import Objective
from .engines import DTypeName, EngineName, build_objective, resolve_engine
from .errors import UsageError
from .images import fit
from .painting import Painting, describe_settings, to_painting
from .pixels import to_variable
from .prepare import Picture, Prepared, photograph, prepare
from .presets import load_preset, with_changes
from .recipe import Recipe
from .run import OnEvaluation, OnIteration, run
from .weights import VGGWeights, load_weights


@dataclass(frozen=True, eq=False)
class Session:
    """Everything that is settled before a run.

    Attributes
    ----------
    prepared : Prepared
        The problem and its photographs.
    engine : str
        The engine, no longer ``auto``.
    dtype : str
        Its precision.
    """

    prepared: Prepared
    engine: EngineName
    dtype: DTypeName

    def build(self) -> Objective:
        """Compute the targets and hand over the objective."""
        return build_objective(self.prepared.problem, self.engine, self.dtype)

    def paint(
        self,
        objective: Objective,
        *,
        seed: int = 0,
        init: Literal["preset"] | Picture = "preset",
        color: Literal["style", "keep"] = "style",
        on_evaluation: OnEvaluation | None = None,
        on_iteration: OnIteration | None = None,
    ) -> Painting:
        """Run the optimizer; parameters as for `paint`.  A failed run is returned, not raised."""
        x0 = objective.initial(seed) if init == "preset" else start_from(init, objective)
        initial = self.prepared.problem.recipe.initial.start if init == "preset" else "file"
        result = run(objective, x0, on_evaluation=on_evaluation, on_iteration=on_iteration)
        settings = describe_settings(
            self.prepared, engine=self.engine, dtype=self.dtype, seed=seed, initial=initial
        )
        return to_painting(result, objective, self.prepared, settings, color)


def open_session(
    content: Picture | None,
    styles: Picture | Sequence[Picture] | None,
    *,
    preset: str | Recipe = "gatys",
    changes: Mapping[str, Any] | None = None,
    size: int | None = None,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Sequence[float] | None = None,
    engine: str = "auto",
    dtype: DTypeName = "float32",
) -> Session:
    """Settle everything that comes before a run; parameters as for `paint`."""
    recipe = load_preset(preset) if isinstance(preset, str) else preset
    wanted = dict(changes or {}) | ({} if size is None else {"images.size": size})
    recipe = with_changes(recipe, wanted) if wanted else recipe
    if not isinstance(weights, VGGWeights):
        weights = load_weights(recipe.weights if weights is None else weights)
    prepared = prepare(recipe, weights, content, as_pictures(styles), style_shares)
    if dtype not in ("float32", "float64"):
        raise UsageError(f"dtype is {dtype!r}; expected float32 or float64")
    return Session(prepared, resolve_engine(engine), dtype)


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
) -> Objective:
    """Build the function behind a painting, for an optimizer or a gradient check of your own.

    Parameters
    ----------
    content, style, preset, changes, size, weights, style_shares, engine, dtype
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
    engine : {"auto", "reference"}
        What computes.
    dtype : {"float32", "float64"}
        Its precision.
    color : {"style", "keep"}
        ``keep`` keeps the content's colors.
    callback : callable, optional
        Called with a `backpaint.run.Record` after each evaluation.
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
    if isinstance(init, str) and init in ("content", "noise"):
        wanted["initial.start"] = init
        init = "preset"
    session = open_session(
        content,
        style,
        preset=preset,
        changes=wanted,
        size=size,
        weights=weights,
        style_shares=style_shares,
        engine=engine,
        dtype=dtype,
    )
    painting = session.paint(
        session.build(),
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


def start_from(picture: Picture, objective: Objective) -> NDArray[np.float64]:
    """Resize a picture to the painted size and turn it into a flat variable."""
    problem = objective.problem
    pixels = fit(photograph(picture).pixels, problem.shape, problem.recipe.images)
    return to_variable(pixels, problem.recipe.variable).ravel()


def as_pictures(styles: Picture | Sequence[Picture] | None) -> list[Picture]:
    """Make a list of one picture, several, or none."""
    if styles is None:
        return []
    if isinstance(styles, list | tuple):
        return list(styles)
    return [styles]  # type: ignore[list-item]
