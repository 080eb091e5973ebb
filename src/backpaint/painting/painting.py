"""A finished picture with everything that is known of how it came about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..engine.engine import Engine
from ..engine.objective import Objective
from ..errors import RunError
from ..images import keep_color
from ..problem.pixels import to_pixels
from .finished import FinishedPicture
from .prepare import Prepared
from .run import Record, Result
from .versions import versions


@dataclass(frozen=True, eq=False)
class Painting(FinishedPicture):
    """What `backpaint.paint` returns.

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
    """

    history: tuple[Record, ...]
    iterations: int
    reason: str
    interrupted: bool
    error: RunError | None
    x: NDArray[np.float64]
    settings: dict[str, Any]

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
    result: Result, objective: Objective, prepared: Prepared, settings: dict[str, Any], color: str
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
    color : {"style", "keep"}
        ``keep`` takes the content's colors and only the painting's light and dark.
    """
    return Painting(
        pixels=finished_pixels(result.x, objective, color),
        alpha=None if prepared.content is None else prepared.content.alpha,
        history=result.history,
        iterations=result.iterations,
        reason=result.reason,
        interrupted=result.interrupted,
        error=result.error,
        x=result.x,
        settings=settings | {"color": color},
    )


def finished_pixels(
    x: NDArray[np.float64], objective: Objective, color: str
) -> NDArray[np.float64]:
    """Turn a flat variable into pixels within 0..255, with the content's colors if wanted."""
    problem = objective.problem
    pixels = np.clip(to_pixels(x.reshape(objective.shape), problem.recipe.variable), 0, 255)
    if color == "keep" and problem.content is not None:
        pixels = keep_color(pixels, problem.content)
    return pixels


def describe_settings(
    prepared: Prepared, engine: Engine, *, seed: int, initial: str, optimizer_on: str
) -> dict[str, Any]:
    """Collect what a later reader needs to make the same picture again; no paths."""
    problem = prepared.problem
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
        "size": [*problem.shape],
        "content": None if prepared.content is None else prepared.content.name,
        "styles": [style.name for style in prepared.styles],
        "notes": [*prepared.notes],
        "style_shares": [*problem.style_shares],
        "versions": versions(),
    }
