"""Continuing a run from its checkpoint: what is made again, and what must be as it was."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace as replace_fields
from numpy.typing import NDArray

from ..engine.engine import Engine
from ..engines import engine_class
from ..errors import UsageError, whole_number
from ..images import Photograph
from ..painting.coarse_to_fine import begun_after
from ..painting.prepare import Prepared
from ..painting.run import require_consistency
from ..painting.session import CHECKPOINT, Session, Start
from ..painting.standing import Standing
from ..problem.problem import Problem
from ..problem.recipe import LBFGS, LBFGSB, Optimizer, Recipe, Scales
from ..scales import at_size, coarser_recipes
from ..vgg_weights import VGGWeights
from ..weights import load_weights
from ..weights.recognize import EMBEDDED
from ..words import printable
from .contents import Checkpoint, read_checkpoint
from .facts import Facts
from .machine import LAYOUT, describe_machine, differences

ANYHOW = "--not-identical (in Python, not_identical=True)"


@dataclass(frozen=True, eq=False)
class GoingOn:
    """A run that goes on.

    Attributes
    ----------
    session : Session
    start : Start
    every : int
        Iterations between two checkpoints.
    iterations : int
        Finished ones.
    reason : str
        Why it ended when it was kept, or that it has not.
    note : str or None
        What a person should know: that bits may differ, and why.
    """

    session: Session
    start: Start
    every: int
    iterations: int
    reason: str
    note: str | None

    @property
    def is_anew(self) -> bool:
        """Whether it begins anew at the picture, without history or the optimizer's memory."""
        return not isinstance(self.start.at, Standing)


def go_on(
    path: str | Path,
    *,
    iterations: int | None = None,
    weights: str | Path | VGGWeights | None = None,
    engine: Engine | None = None,
    engine_options: dict[str, Any] | None = None,
    not_identical: bool = False,
) -> GoingOn:
    """Make a run from a checkpoint.

    Parameters
    ----------
    path : str or Path
    iterations : int, optional
        In all, instead of those that were asked for.
    weights : {"vgg16", "vgg19"}, path or VGGWeights, optional
        Where the network is, if it is none of the embedded ones.
    engine : Engine, optional
        Instead of the one that it was made with.
    engine_options : dict, optional
        Instead of `engine`: options of it that differ.
    not_identical : bool
        Whether to go on where bits may differ from those of the unbroken run.

    Raises
    ------
    UsageError
        If the file cannot be used, or bits may differ and nobody allowed it.
    """
    return continued(
        read_checkpoint(path),
        path,
        iterations=iterations,
        weights=weights,
        engine=engine,
        engine_options=engine_options,
        not_identical=not_identical,
    )


def continued(
    kept: Checkpoint,
    path: str | Path,
    *,
    iterations: int | None,
    weights: str | Path | VGGWeights | None,
    engine: Engine | None,
    engine_options: dict[str, Any] | None,
    not_identical: bool,
) -> GoingOn:
    """Make a run from a checkpoint that was read; parameters are those of `go_on`."""
    recipe = with_iterations(kept, iterations, path)
    chosen = engine or engine_of(kept.facts, engine_options or {}, path)
    chosen.require_usable()
    network = find_weights(kept.facts, recipe, weights, path)
    there, here = settled_there(kept.facts), settled_here(chosen, network, recipe)
    if kept.facts.engine != chosen.name:
        there = {name: value for name, value in there.items() if name in here}
    changed = "; ".join(differences(there, here))
    if changed and not not_identical:
        raise UsageError(
            f"{path} was made with {changed}: the picture could differ in its last bits; go on "
            f"where everything is as it was, or all the same with {ANYHOW}"
        )
    name, note = kept.facts.initial, None
    if changed:
        note = f"went on from a checkpoint made with {changed}"
    at: NDArray[np.float64] | Standing = kept.standing
    if any(there.get(name) != here.get(name) for name in DECISIVE):
        recipe, at, name = begun_anew(kept, recipe), kept.standing.picture, CHECKPOINT
        note = f"{note}: from its picture alone, for the iterations that were left"
    require_consistency(recipe)
    facts, whole = kept.facts, prepared(kept, recipe, network, note)
    session = Session(
        whole, chosen.settled(whole.problem), facts.optimizer_on, coarser(kept, whole.problem)
    )
    if session.term_names != facts.terms:
        raise UsageError(
            f"{path} has a history of other terms than its recipe; expected a checkpoint that "
            "backpaint wrote; take an earlier one"
        )
    return GoingOn(
        session,
        Start(at, name, facts.seed, facts.scale),
        facts.every,
        facts.iterations,
        facts.reason,
        note,
    )


DECISIVE = ("engine", "dtype", LAYOUT)
"""Where these differ, an optimizer cannot go on from its state."""
NO_MATTER = ("threads", "device", "dtype")
"""Options of engines: bits do not depend on them, or they are looked at by other names."""
OWN = {"scratch", "workers"}
"""Options that no file may choose: where to write, and who computes."""
MOST_THREADS = 1024
"""That a file may ask for."""


def settled_there(facts: Facts) -> dict[str, str]:
    """Collect what must be as it was when a checkpoint was made."""
    options = _words(facts.engine_options)
    named = {"engine": facts.engine, "dtype": facts.dtype}
    return named | options | facts.machine | {"weights of SHA-256": facts.weights_sha256}


def settled_here(engine: Engine, weights: VGGWeights, recipe: Recipe) -> dict[str, str]:
    """Collect the same of a run that is to go on here."""
    options = _words(engine.settings()["engine_options"])
    machine = describe_machine(engine, recipe.optimizer)
    named = {"engine": engine.name, "dtype": engine.dtype}
    return named | options | machine | {"weights of SHA-256": weights.sha256}


def _words(options: dict[str, Any]) -> dict[str, str]:
    """Write an engine's options, but those that do not matter to bits or have other names."""
    return {name: str(value) for name, value in options.items() if name not in NO_MATTER}


def with_iterations(kept: Checkpoint, iterations: int | None, path: str | Path) -> Recipe:
    """Ask for another number of iterations, if there is one, which cannot be less than are done."""
    recipe = kept.recipe
    if iterations is None:
        return recipe
    count = whole_number("iterations", iterations, least=1)
    done = finished(kept, recipe.optimizer) if kept.facts.scale == len(kept.coarser) else 0
    if count < done:
        at_last = " at its last size" if kept.coarser else ""
        raise UsageError(
            f"{path} has {done} iterations behind it{at_last}, and --iterations asks for {count}; "
            f"expected {done} or more"
        )
    optimizer = replace_fields(recipe.optimizer, iterations=count)
    return replace_fields(recipe, optimizer=optimizer, scales=_scales_behind(kept, count))


def _scales_behind(kept: Checkpoint, iterations: int) -> Scales | None:
    """Let the sizes that are done keep their iterations; those that follow get the new ones."""
    scales, done = kept.recipe.scales, kept.facts.scale
    if scales is None or scales.iterations is not None or not done:
        return scales
    before = kept.recipe.optimizer.iterations
    counts = (before,) * done + (iterations,) * (len(scales.sizes) - done)
    return replace_fields(scales, iterations=counts)


def finished(kept: Checkpoint, optimizer: Optimizer) -> int:
    """Count what is done at its size, in the units of the optimizer's ``iterations``."""
    facts, history = kept.facts, kept.standing.history
    if isinstance(optimizer, LBFGS):
        done = len(history) - (facts.begun[-1] if facts.begun else 0)
        # A search may end beyond what was asked for, and asking for that is asking for no more.
        return done if optimizer.line_search == "none" else min(done, optimizer.iterations)
    if isinstance(optimizer, LBFGSB) and optimizer.evaluations_per_round is not None:
        return int(kept.standing.state["round"])
    return facts.iterations - begun_after(history, facts.scale, facts.iterations) * (
        facts.scale > 0
    )


def begun_anew(kept: Checkpoint, recipe: Recipe) -> Recipe:
    """Ask for the iterations that are left at its size, one at least."""
    scale, smaller = kept.facts.scale, coarser_recipes(recipe)
    counts = [one.optimizer.iterations for one in (*smaller, recipe)]
    counts[scale] = max(counts[scale] - finished(kept, recipe.optimizer), 1)
    optimizer = replace_fields(recipe.optimizer, iterations=counts.pop())
    if recipe.scales is None or not smaller:
        return replace_fields(recipe, optimizer=optimizer)
    scales = replace_fields(
        recipe.scales, sizes=recipe.scales.sizes[: len(smaller)], iterations=tuple(counts)
    )
    return replace_fields(recipe, optimizer=optimizer, scales=scales)


def engine_of(facts: Facts, other: dict[str, Any], path: str | Path) -> Engine:
    """Make the engine of a checkpoint, with other options where somebody wants them."""
    kind = engine_class(facts.engine)
    threads = facts.engine_options.get("threads")
    known = {field.name for field in fields(kind)}
    takes = f"expected {', '.join(sorted(known)) or 'none'}; choose the engine anew"
    if not set(facts.engine_options) <= known - OWN or (
        isinstance(threads, int) and threads > MOST_THREADS
    ):
        raise UsageError(
            f"{path} has options that the engine {facts.engine} does not take; {takes}"
        )
    if not set(other) <= known:
        raise UsageError(
            f"the engine {facts.engine}, with which {path} was made, does not take "
            f"{', '.join(sorted(set(other) - known))}; {takes}"
        )
    return kind(**facts.engine_options | other)


def find_weights(
    facts: Facts, recipe: Recipe, weights: str | Path | VGGWeights | None, path: str | Path
) -> VGGWeights:
    """Load the network: one that comes with backpaint, or the one that is given.

    A checkpoint names no path, and none that it names would be opened.
    """
    if isinstance(weights, VGGWeights):
        return weights
    if weights is None and recipe.weights not in EMBEDDED:
        raise UsageError(
            f"{path} was made with {printable(facts.weights)}, SHA-256 "
            f"{printable(facts.weights_sha256)}, which does not come with backpaint; give its file "
            "with --weights (in Python, weights=)"
        )
    return load_weights(recipe.weights if weights is None else weights)


def coarser(kept: Checkpoint, whole: Problem) -> tuple[Problem, ...]:
    """Make the problems of the smaller sizes again."""
    recipes = coarser_recipes(whole.recipe)
    parts = zip(recipes, kept.facts.coarser_sizes, kept.coarser, strict=True)
    return tuple(
        replace(
            whole,
            recipe=at_size(recipe, whole.recipe, shape, whole.shape),
            content=pictures.content,
            styles=pictures.styles,
            shape=shape,
            colors=pictures.colors,
            regions=pictures.regions,
        )
        for recipe, shape, pictures in parts
    )


def prepared(kept: Checkpoint, recipe: Recipe, network: VGGWeights, note: str | None) -> Prepared:
    """Make the problem again, of the pictures as they were resized for it."""
    facts, pictures = kept.facts, kept.pictures
    problem = Problem(
        recipe=recipe,
        weights=network,
        content=pictures.content,
        styles=pictures.styles,
        style_shares=facts.style_shares,
        shape=facts.size,
        style_tables=facts.style_layers,
        colors=pictures.colors,
        regions=pictures.regions,
    )
    content = None
    if pictures.content is not None and facts.content is not None:
        content = Photograph(pictures.content, pictures.alpha, printable(facts.content))
    styles = tuple(
        Photograph(style, None, printable(name))
        for style, name in zip(pictures.styles, facts.styles, strict=True)
    )
    notes = tuple(map(printable, facts.notes)) + ((note,) if note else ())
    return Prepared(problem, content, styles, notes, facts.style_scales, facts.masks)
