"""What is settled before a run: recipe, network, pictures, engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..engine.initial import changes_for_noise
from ..engine.objective import Objective
from ..engines import DTypeName, EngineName, Precision, Tuning, build_objective, resolve_engine
from ..errors import UsageError
from ..images import Photograph, fit
from ..presets import load_preset, with_changes
from ..problem.pixels import to_variable
from ..problem.recipe import Recipe
from ..weights import VGGWeights, load_weights
from .painting import Painting, describe_settings, to_painting
from .prepare import Picture, Prepared, photograph, prepare
from .run import OnEvaluation, OnIteration, OptimizerPlace, require_consistency, run


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
    precision : str
        How the engine `gpu` multiplies.
    device : int
        Which GPU.
    tune : str
        What chooses its kernels.
    optimizer_on : str
        Where the optimizer runs; see `run.run`.
    """

    prepared: Prepared
    engine: EngineName
    dtype: DTypeName
    threads: int | None = None
    exact: bool = False
    precision: Precision = "tf32"
    device: int = 0
    tune: Tuning = "off"
    optimizer_on: OptimizerPlace = "auto"

    def build(self) -> Objective:
        """Compute the targets and hand over the objective."""
        return build_objective(
            self.prepared.problem,
            self.engine,
            self.dtype,
            threads=self.threads,
            exact=self.exact,
            precision=self.precision,
            device=self.device,
            tune=self.tune,
        )

    def paint(
        self,
        objective: Objective | None = None,
        *,
        seed: int = 0,
        init: Literal["preset"] | Picture = "preset",
        color: Literal["style", "keep"] = "style",
        on_evaluation: OnEvaluation | None = None,
        on_iteration: OnIteration | None = None,
    ) -> Painting:
        """Run the optimizer on an objective that `build` gave, or on a new one.

        Other parameters as for `backpaint.paint`.  A failed run is returned, not raised.
        """
        require_choice("color", color, ("style", "keep"))
        if seed < 0:
            raise UsageError(f"the seed is {seed}; expected 0 or more")
        picture = None if isinstance(init, str) and init == "preset" else photograph(init)
        objective = self.build() if objective is None else objective
        if picture is None:
            x0 = objective.initial(seed)
            initial: str = self.prepared.problem.recipe.initial.start
        else:
            x0, initial = start_from(picture, objective), picture.name
        result = run(
            objective,
            x0,
            on_evaluation=on_evaluation,
            on_iteration=on_iteration,
            optimizer_on=self.optimizer_on,
        )
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
    start: Literal["content", "noise"] | None = None,
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
) -> Session:
    """Settle everything that comes before a run.

    Parameters
    ----------
    content, styles, preset, changes, size, weights, style_shares, engine, dtype, threads, exact
    precision, device, tune, optimizer_on
        As for `backpaint.paint`.
    start : {"content", "noise"}, optional
        Instead of the preset's; without a content always noise.

    Raises
    ------
    UsageError
        If anything does not fit; nothing slow has happened then.
    """
    require_choice("dtype", dtype, get_args(DTypeName))
    require_choice("precision", precision, get_args(Precision))
    require_choice("tune", tune, get_args(Tuning))
    require_choice("optimizer_on", optimizer_on, get_args(OptimizerPlace))
    chosen = resolve_engine(engine, dtype, device)
    recipe = load_preset(preset) if isinstance(preset, str) else preset
    if start == "noise" or content is None:
        recipe = with_changes(recipe, changes_for_noise(recipe))
    elif start == "content":
        recipe = with_changes(recipe, {"initial.start": "content"})
    sized = {} if size is None else {"images.size": size}
    recipe = with_changes(recipe, sized | dict(changes or {}))
    require_consistency(recipe)
    if not isinstance(weights, VGGWeights):
        weights = load_weights(recipe.weights if weights is None else weights)
    prepared = prepare(recipe, weights, content, as_pictures(styles), style_shares)
    return Session(prepared, chosen, dtype, threads, exact, precision, device, tune, optimizer_on)


def require_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise UsageError if a setting has a value that it cannot have."""
    if value not in choices:
        *most, last = choices
        raise UsageError(f"{name} is {value!r}; expected {', '.join(most)} or {last}")


def start_from(picture: Photograph, objective: Objective) -> NDArray[np.float64]:
    """Resize a picture to the painted size and turn it into a flat variable."""
    problem = objective.problem
    pixels = fit(picture.pixels, problem.shape, problem.recipe.images)
    return to_variable(pixels, problem.recipe.variable).ravel()


def as_pictures(styles: Picture | Sequence[Picture] | None) -> list[Picture]:
    """Make a list of one picture, several, or none."""
    if styles is None:
        return []
    if isinstance(styles, list | tuple):
        return list(styles)
    return [styles]  # type: ignore[list-item]
