"""What is settled before a run: recipe, network, pictures, engine."""

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
    threads : int or None
        How many the engine `cpu` uses; None: all that there are.
    exact : bool
        Whether the engine `cpu` uses direct products.
    """

    prepared: Prepared
    engine: EngineName
    dtype: DTypeName
    threads: int | None = None
    exact: bool = False

    def build(self) -> Objective:
        """Compute the targets and hand over the objective."""
        return build_objective(
            self.prepared.problem,
            self.engine,
            self.dtype,
            threads=self.threads,
            exact=self.exact,
        )

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
    threads: int | None = None,
    exact: bool = False,
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
    return Session(prepared, resolve_engine(engine, dtype), dtype, threads, exact)


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
