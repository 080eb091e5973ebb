"""A session, which settles recipe, network, pictures and engine before a run."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..engine.engine import Engine
from ..engine.initial import initial_variable
from ..engine.objective import Objective
from ..engines import resolve_engine
from ..errors import UsageError, require_callable, require_choice, whole_number
from ..images import Photograph, fit
from ..masks import Masks
from ..problem.gray import gray_picture
from ..problem.pixels import to_variable
from ..problem.problem import Problem
from ..problem.recipe import Optimizer, Recipe
from ..scales import at_size, coarser_recipes, needs_note
from ..weights import VGGWeights, load_weights
from .coarse_to_fine import CoarseToFine
from .control import Control
from .one_pass_start import FAST, one_pass_start
from .painting import Painting, describe_settings, to_painting
from .pictures import Picture, as_pictures, photograph
from .prepare import Prepared, prepare
from .run import OnEvaluation, OnIteration, OptimizerPlace, require_consistency
from .standing import Keeper, Standing

CHECKPOINT = "checkpoint"
"""The name of a start at a checkpoint's picture, without the run behind it."""
STARTS = ("preset", "content", "noise", FAST, CHECKPOINT)
"""Words for starts: a picture of such a name is told from them by ``./`` before it."""


@dataclass(frozen=True, eq=False)
class Start:
    """The place where a run begins, or goes on.

    Attributes
    ----------
    at : (N,) ndarray of float64, or Standing
        A flat picture, or where the run stood.
    name : str
        One of `STARTS`, or the name of a picture: where the run began.
    seed : int
        Of the noise.
    scale : int
        The size at which it begins, of several: 0 is the smallest.
    """

    at: NDArray[np.float64] | Standing
    name: str
    seed: int
    scale: int = 0


@dataclass(frozen=True, eq=False)
class Session:
    """Everything that is settled before a run.

    Attributes
    ----------
    prepared : Prepared
        The problem and its photographs.
    engine : Engine
        What computes, with its options; no longer ``auto``.
    optimizer_on : str
        Where the optimizer runs; see `backpaint.painting.run.run`.
    coarser : tuple of Problem
        The same at smaller sizes, which are painted first.
    """

    prepared: Prepared
    engine: Engine
    optimizer_on: OptimizerPlace = "auto"
    coarser: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All sizes in the order of painting, the last one at the end."""
        return (*self.coarser, self.prepared.problem)

    @property
    def term_names(self) -> tuple[str, ...]:
        """Names of the terms of all sizes: a region may be empty at a layer of one of them."""
        used = {name for problem in self.problems for name in problem.term_names}
        return tuple(name for name in self.prepared.problem.asked_term_names if name in used)

    @property
    def stages(self) -> tuple[tuple[Optimizer, int], ...]:
        """The optimizer and the number of pixels of each size."""
        return tuple(
            (problem.recipe.optimizer, problem.shape[0] * problem.shape[1])
            for problem in self.problems
        )

    def build(self, *, beside: int = 0) -> Objective:
        """Compute the targets and hand over the objective; `beside` is `Engine.build`'s."""
        problem = self.prepared.problem
        # an engine of somebody's own need not know what only clips ask for
        return self.engine.build(problem, beside=beside) if beside else self.engine.build(problem)

    def paint(
        self,
        objective: Objective | None = None,
        *,
        seed: int = 0,
        init: Literal["preset", "fast"] | Picture = "preset",
        control: Control | None = None,
        on_evaluation: OnEvaluation | None = None,
        on_iteration: OnIteration | None = None,
        start: Start | None = None,
        on_start: Callable[[Start, NDArray[np.float64], Objective], None] | None = None,
        keeper: Callable[[Start], Keeper] | None = None,
    ) -> Painting:
        """Run the optimizer on an objective that `build` gave, or on a new one.

        Parameters
        ----------
        objective : Objective, optional
            Of this session's problem: of the last size, where there are several.
        init : "preset", "fast" or picture
            Where the descent starts; the recipe may say ``content`` or ``noise``.
        seed, control, on_evaluation, on_iteration
            As for `backpaint.paint`; a picture of a smaller size is enlarged to the last one.
        start : Start, optional
            Instead of `init` and `seed`: where another run stood.
        on_start : callable, optional
            Called with the start, its picture at the last size, and the objective, before the first
            evaluation.
        keeper : callable, optional
            Makes, for the start, who keeps where the run stands.

        Returns
        -------
        Painting
            Also of a run that failed or was stopped; its `error` is not raised.
        """
        require_callable("callback", on_evaluation)
        require_callable("on_iteration", on_iteration)
        if control is not None and not isinstance(control, Control):
            raise UsageError(f"control is {control!r}; expected a backpaint.Control, or None")
        seed = whole_number("seed", seed, least=0)
        picture = self._picture(init)
        objective = self.build() if objective is None else objective
        if start is None:
            start = self._start(objective, picture, seed)
        descent = CoarseToFine(self.engine, self.coarser, objective, self.optimizer_on)
        if on_start is not None:
            on_start(start, descent.seen(start.at, start.scale), objective)
        result = descent.run(
            start.at,
            start.scale,
            control=control or Control(),
            on_evaluation=on_evaluation,
            on_iteration=on_iteration,
            keeper=None if keeper is None else keeper(start),
        )
        return to_painting(result, objective, self.prepared, self.describe(start))

    def describe(self, start: Start) -> dict[str, Any]:
        """Collect what a picture's settings say of a run; see `describe_settings`."""
        return describe_settings(
            self.prepared,
            self.engine,
            seed=start.seed,
            initial=start.name,
            optimizer_on=self.optimizer_on,
            coarser=[problem.shape for problem in self.coarser],
        )

    def _start(self, objective: Objective, picture: Photograph | None, seed: int) -> Start:
        """Begin at a picture, or where the recipe does."""
        first = self.problems[0]
        if picture is not None:
            return Start(start_from(picture, first).ravel(), picture.name, seed)
        name = self.prepared.problem.recipe.initial.start
        if not self.coarser:
            return Start(objective.initial(seed), name, seed)
        style = first.styles[0] if first.styles else None
        start = initial_variable(first.recipe, first.shape, first.content, style, seed)
        return Start(start.ravel(), name, seed)

    def _picture(self, init: Literal["preset", "fast"] | Picture) -> Photograph | None:
        """Read the picture to start from, or paint it in one pass; None: the recipe knows."""
        if isinstance(init, str) and init in ("preset", FAST):
            return one_pass_start(self.prepared, self.engine) if init == FAST else None
        picture = photograph(init)
        is_word = picture.name in STARTS
        return replace(picture, name=f"./{picture.name}") if is_word else picture


def open_session(
    content: Picture | None,
    styles: Picture | Iterable[Picture] | None,
    recipe: Recipe,
    *,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Iterable[float] | None = None,
    style_layers: Sequence[Mapping[str, float]] | None = None,
    style_scales: Iterable[float] | None = None,
    masks: Masks | Sequence[Any] | None = None,
    engine: str | Engine = "auto",
    optimizer_on: OptimizerPlace = "auto",
) -> Session:
    """Settle everything that comes before a run.

    Parameters
    ----------
    content, styles, style_shares, style_layers, style_scales, masks, engine, optimizer_on
        As for `backpaint.paint`.
    recipe : Recipe
        See `backpaint.recipe`.
    weights : {"vgg16", "vgg19"}, path or VGGWeights, optional
        Instead of the network that the recipe names.

    Raises
    ------
    UsageError
        If anything does not fit; nothing slow has happened then.
    """
    require_choice("optimizer_on", optimizer_on, get_args(OptimizerPlace))
    resolve_engine(engine)  # what is no engine is refused before anything slow
    require_consistency(recipe)
    if not isinstance(weights, str | os.PathLike | VGGWeights | None):
        raise UsageError(
            f"weights are of type {type(weights).__name__}; expected vgg16, vgg19, the path of a "
            "file, or what backpaint.load_weights returns"
        )
    if not isinstance(weights, VGGWeights):
        weights = load_weights(recipe.weights if weights is None else weights)
    prepared = prepare(
        recipe,
        weights,
        content,
        as_pictures(styles),
        style_shares,
        style_layers,
        style_scales,
        masks,
    )
    given = style_shares, style_layers, style_scales, masks
    parts = [smaller(prepared, one, given) for one in coarser_recipes(prepared.problem.recipe)]
    told = dict.fromkeys(note for _, notes in parts for note in notes)
    prepared = replace(prepared, notes=(*prepared.notes, *told))
    made = tuple(problem for problem, _ in parts)
    if note := needs_note(prepared.problem.recipe):
        prepared = replace(prepared, notes=(*prepared.notes, note))
    chosen = resolve_engine(engine, prepared.problem.recipe, prepared.problem)
    return Session(prepared, chosen.settled(prepared.problem), optimizer_on, made)


def smaller(
    prepared: Prepared, recipe: Recipe, given: tuple[Any, Any, Any, Any]
) -> tuple[Problem, tuple[str, ...]]:
    """Prepare a problem at a smaller size, from the photographs, and what is to be told of it.

    Parameters
    ----------
    prepared : Prepared
        At the last size.
    recipe : Recipe
        One of `coarser_recipes`.
    given : tuple
        Shares, layers and scales of the styles, and masks, as for `prepare`.

    Raises
    ------
    UsageError
        With the size, if something does not fit there.
    """
    whole = prepared.problem
    shares, layers, scales, masks = given if prepared.styles else (None, None, None, given[-1])
    styles = [prepared.styles[number] for number in prepared.given_styles]
    where = f"at the size {recipe.images.size} of scales.sizes"
    try:
        made = prepare(
            recipe, whole.weights, prepared.content, styles, shares, layers, scales, masks
        )
    except UsageError as error:
        raise UsageError(f"{where}, {error}") from None
    own = tuple(f"{where}, {note}" for note in made.notes if note not in prepared.notes)
    problem = made.problem
    at = at_size(problem.recipe, whole.recipe, problem.shape, whole.shape)
    return replace(problem, recipe=at), own


def start_from(picture: Photograph, problem: Problem) -> NDArray[np.float64]:
    """Resize a picture to the painted size and turn it into the variable, (H, W, 3)."""
    recipe = problem.recipe
    pixels = fit(picture.pixels, problem.shape, recipe.images)
    return to_variable(gray_picture(pixels) if recipe.color.luma else pixels, recipe.variable)
