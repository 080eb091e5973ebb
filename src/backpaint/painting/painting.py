"""A finished picture with everything that is known of how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..color import keep_color
from ..engine.engine import Engine
from ..engine.objective import Objective
from ..errors import RunError
from ..masks import described
from ..presets.compose import color_name
from ..problem.pixels import to_pixels
from .finished import FinishedPicture, versions
from .prepare import Prepared
from .run import Record, Result


@dataclass(frozen=True, eq=False)
class Painting(FinishedPicture):
    """The result of `backpaint.paint`.

    Attributes
    ----------
    pixels : (H, W, 3) ndarray of float64
        R, G, B, within 0..255.
    alpha : (h, w) ndarray of float64 or None
        The content's opacity 0..1, where it had one.
    history : tuple of Record
        One for each evaluation of the objective.
    iterations : int
        Finished iterations.
    reason : str
        Why the run stopped, in words.
    interrupted : bool
        Whether Ctrl-C, another signal or a `Control` ended it.
    error : RunError or None
        What ended a failed run; the pixels are then the last good ones.
    x : (H * W * 3,) ndarray of float64
        The picture in units of the recipe's variable, flat, not clipped.
    settings : dict
        Recipe, engine, dtype, weights, seed, sizes, versions; no paths.
    styles : tuple of (h, w, 3) ndarray of float64
        The styles as the network was shown them: R, G, B, resized, their colors matched.
    """

    history: tuple[Record, ...]
    iterations: int
    reason: str
    interrupted: bool
    error: RunError | None
    x: NDArray[np.float64]
    settings: dict[str, Any]
    styles: tuple[NDArray[np.float64], ...] = ()

    @property
    def loss(self) -> float:
        """The loss of the last evaluation; NaN if there was none."""
        return self.history[-1].loss if self.history else float("nan")

    @property
    def terms(self) -> dict[str, float]:
        """The weighted terms of the last evaluation."""
        return self.history[-1].terms if self.history else {}

    @property
    def metadata(self) -> dict[str, Any]:
        """Everything that a saved picture carries with it."""
        return self.settings | {
            "iterations": self.iterations,
            "evaluations": len(self.history),
            "seconds": round(self.history[-1].seconds, 3) if self.history else 0.0,
            "loss": self.loss if self.history else None,
            "terms": self.terms,
            "stopped": self.reason,
        }


def to_painting(
    result: Result, objective: Objective, prepared: Prepared, settings: dict[str, Any]
) -> Painting:
    """Turn a run's result into a picture.

    Parameters
    ----------
    result : Result
    objective : Objective
        That was minimized.
    prepared : Prepared
        The pictures that it was made of.
    settings : dict
        See `describe_settings`.
    """
    problem = objective.problem
    return Painting(
        pixels=finished_pixels(result.x, objective),
        alpha=None if prepared.content is None else prepared.content.alpha,
        history=result.history,
        iterations=result.iterations,
        reason=result.reason,
        interrupted=result.interrupted,
        error=result.error,
        x=result.x,
        settings=settings,
        styles=problem.styles,
    )


def finished_pixels(x: NDArray[np.float64], objective: Objective) -> NDArray[np.float64]:
    """Turn a flat variable into pixels within 0..255, with the content's colors if wanted."""
    problem, pixels = objective.problem, seen_pixels(x, objective)
    colors = problem.content if problem.colors is None else problem.colors
    if colors is not None and (problem.recipe.color.keep or objective.gray is not None):
        pixels = keep_color(pixels, colors)
    return pixels


def seen_pixels(x: NDArray[np.float64], objective: Objective) -> NDArray[np.float64]:
    """Turn a flat variable into pixels within 0..255 as the network sees them."""
    x = objective.as_painted(x.reshape(objective.shape))
    return np.clip(to_pixels(x, objective.problem.recipe.variable), 0, 255)


def describe_settings(
    prepared: Prepared,
    engine: Engine,
    *,
    seed: int,
    initial: str,
    optimizer_on: str,
    coarser: Sequence[tuple[int, int]] = (),
) -> dict[str, Any]:
    """Collect what a later reader needs to make the same picture again; no paths.

    `coarser` has the heights and widths of smaller sizes that are painted first.
    """
    problem = prepared.problem
    tables = problem.style_tables
    recipe = msgspec.to_builtins(problem.recipe)
    return {
        "program": f"backpaint {__version__}",
        "preset": problem.recipe.name,
        "recipe": recipe | {"weights": Path(problem.recipe.weights).name},
        "weights": problem.weights.origin,
        "weights_sha256": problem.weights.sha256,
        "weights_trusted": problem.weights.trusted,
        **engine.settings(),
        "optimizer_on": optimizer_on,
        "seed": seed,
        "initial": initial,
        "color": color_name(problem.recipe),
        "size": [*problem.shape],
        "coarser_sizes": [[*shape] for shape in coarser],
        "content": None if prepared.content is None else prepared.content.name,
        "styles": [style.name for style in prepared.styles],
        "notes": [*prepared.notes],
        "style_shares": [*problem.style_shares],
        "style_layers": None if tables is None else [dict(table) for table in tables],
        "style_scales": None if prepared.style_scales is None else [*prepared.style_scales],
        "masks": described(problem.regions, prepared.mask_names),
        "versions": versions(),
    }
