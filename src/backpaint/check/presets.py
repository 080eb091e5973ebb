"""The proofs of whole presets: the real network, every term, a picture of a few hundred pixels."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from ..engine.engine import Engine
from ..engine.objective import Evaluation
from ..presets import load_preset, with_changes
from ..problem.pixels import to_variable
from ..problem.problem import Problem
from ..problem.recipe import Recipe
from ..reference.engine import Reference
from ..reference.objective import ReferenceObjective
from ..weights import VGGWeights, load_weights
from .libraries.twins import Library
from .operations.kinks import difference_signs, network_piece, smooth_step
from .operations.tolerances import (
    DIRECTIONAL_DERIVATIVE,
    ENGINE_GRADIENT,
    STEP,
    WHOLE_GRADIENT,
    relative_error,
)
from .recipe_twin import recipe_gradient
from .result import Result

Picture = NDArray[np.float64]
SHAPE = (21, 17)
STYLE_SHAPE = (19, 22)


def preset_problem(name: str) -> Problem:
    """Make a problem of noise for a preset: odd sizes, content and style unlike each other.

    Parameters
    ----------
    name : str
        One of `backpaint.presets.preset_names`.
    """
    return _problem(load_preset(name))


def difference(name: str) -> Result:
    """Compare <gradient, v> with the central difference of the reported loss along v.

    Notes
    -----
    A preset that reproduces a system whose reported loss and gradient disagree is first made
    consistent: its terms' own normalizations are off, and every term is reported.
    """
    objective = ReferenceObjective(consistent_problem(name))
    x = _start(objective.problem)
    gradient = objective.evaluate(x).gradient
    v = np.copysign(_levels(objective.problem, x.shape), gradient)
    step = smooth_step(_piece(objective), x, v, STEP, STEP / 1000)
    result = Result(f"preset {name}", "difference", 0.0, DIRECTIONAL_DERIVATIVE, 0)
    result = replace(result, note=_note(name))
    if step == 0:
        return result
    ahead, behind = (objective.evaluate(x + s * v).loss for s in (step, -step))
    slope = (ahead - behind) / (2 * step)
    return result.including(relative_error(slope, np.sum(gradient * v)), "one direction")


def adjoint(name: str) -> Result:
    """Compare <J v, u> with <v, J' u> for the network alone: from the picture to every tap.

    Notes
    -----
    On a smooth piece the network is linear, so a difference has no error but rounding; that of
    values around 1000 and a step that crosses no kink leaves about 1e-9.
    """
    objective = ReferenceObjective(preset_problem(name))
    x, network, taps = _start(objective.problem), objective.network, objective.problem.taps
    values = network.forward(x, taps)
    rng = np.random.default_rng(6)
    u = {tap: rng.normal(size=values[tap].shape) for tap in taps}
    gradient = network.backward(values, u)
    v = np.copysign(_levels(objective.problem, x.shape), gradient)
    step = smooth_step(partial(network_piece, network), x, v, STEP, STEP / 1000)
    result = Result(f"preset {name}", "adjoint", 0.0, DIRECTIONAL_DERIVATIVE, 0)
    if step == 0:
        return result
    ahead, behind = (network.forward(x + s * v, taps) for s in (step, -step))
    jv = {tap: (ahead[tap] - behind[tap]) / (2 * step) for tap in taps}
    left = sum(float(np.sum(jv[tap] * u[tap])) for tap in taps)
    return result.including(relative_error(left, np.sum(gradient * v)), "one direction")


def autograd(name: str, library: Library) -> Result:
    """Compare loss and gradient with those of a library that differentiates by itself."""
    problem = consistent_problem(name)
    x = _start(problem)
    loss, gradient = recipe_gradient(library, problem, x)
    found = ReferenceObjective(problem).evaluate(x)
    result = Result(f"preset {name}", library.name, 0.0, WHOLE_GRADIENT["float64"], 0)
    result = replace(result, note=_note(name)).including(relative_error(found.loss, loss), "loss")
    return result.including(relative_error(found.gradient, gradient), "gradient")


def single_precision(name: str) -> Result:
    """Compare the reference's loss and gradient in float32 with those in float64."""
    return _against_reference(name, Reference(dtype="float32"), "float32", WHOLE_GRADIENT)


def engine(name: str, engine: Engine) -> Result:
    """Compare an engine's loss and gradient with the reference's in float64."""
    proof = f"{engine.name} {engine.dtype}"
    return _against_reference(name, engine, proof, ENGINE_GRADIENT)


def consistent_problem(name: str) -> Problem:
    """Make the problem of a preset whose reported loss is the function that it differentiates."""
    recipe = load_preset(name)
    return _problem(recipe if recipe.is_consistent else consistent(recipe))


def consistent(recipe: Recipe) -> Recipe:
    """Change a recipe so that it reports the function whose gradient it gives.

    Parameters
    ----------
    recipe : Recipe
        Any.

    Returns
    -------
    Recipe
        Without normalization by the gradient's length, with the gradient of a root's own steps,
        and with every term reported.
    """
    changes: dict[str, object] = {}
    if recipe.content:
        changes |= {"content.l1_epsilon": None, "content.reported": "objective"}
    if recipe.style:
        changes |= {"style.l1_epsilon": None, "style.root_backward": "steps"}
    if recipe.total_variation:
        changes |= {"total_variation.reported": True}
    return with_changes(recipe, changes)


def _against_reference(
    name: str, engine: Engine, proof: str, tolerances: dict[str, float]
) -> Result:
    problem = preset_problem(name)
    found = engine.build(problem).evaluate(_start(problem))
    expected = _reference(name)
    result = Result(f"preset {name}", proof, 0.0, tolerances[engine.dtype], 0)
    result = result.including(relative_error(found.loss, expected.loss), "loss")
    return result.including(relative_error(found.gradient, expected.gradient), "gradient")


@cache
def _reference(name: str) -> Evaluation:
    problem = preset_problem(name)
    return ReferenceObjective(problem).evaluate(_start(problem))


def _problem(recipe: Recipe) -> Problem:
    return Problem(
        recipe=recipe,
        weights=_weights(recipe.weights),
        content=_noise(SHAPE, 0) if recipe.content else None,
        styles=(_noise(STYLE_SHAPE, 1),) if recipe.style else (),
        style_shares=(1.0,) if recipe.style else (),
        shape=SHAPE,
    )


@cache
def _weights(name: str) -> VGGWeights:
    return load_weights(name)


def _note(name: str) -> str:
    """Return what `consistent_problem` left out of a preset."""
    if load_preset(name).is_consistent:
        return ""
    style = load_preset(name).style
    if style is not None and style.root_backward != "steps":
        return "with the gradient of the root's own steps"
    return "without what the original's loss leaves out"


def _levels(problem: Problem, shape: tuple[int, ...]) -> Picture:
    """Draw how far each number moves: up to one level of 0..255, in units of the variable."""
    levels = np.array([[0.0] * 3, [1.0] * 3])
    one_level = np.ptp(to_variable(levels, problem.recipe.variable))
    return np.random.default_rng(5).uniform(0, one_level, shape)


def _noise(shape: tuple[int, int], seed: int) -> Picture:
    return np.random.default_rng(seed).uniform(0, 255, (*shape, 3))


def _start(problem: Problem) -> Picture:
    """Draw a picture that is neither the content nor the style, in units of the variable."""
    return to_variable(_noise(problem.shape, 9), problem.recipe.variable)


def _piece(objective: ReferenceObjective) -> Callable[[Picture], bytes]:
    """Make the function that tells on which smooth piece a picture lies."""
    variation = objective.problem.recipe.total_variation
    absolute = variation is not None and variation.kind == "absolute"

    def piece(x: Picture) -> bytes:
        kinks = network_piece(objective.network, x)
        return kinks + difference_signs(x) if absolute else kinks

    return piece
