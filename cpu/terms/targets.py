"""Targets of the content and style terms, from one forward pass over each given picture."""

import numpy as np
from numpy.typing import NDArray

from ...problem.pixels import NetworkInputMap, to_variable
from ...problem.problem import Problem
from ...problem.stages import Stage, layers_up_to
from ...problem.term_constants import StyleConstants, style_constants
from ..convolution.convolutions import Convolutions
from ..convolution.tiles import interior
from ..network.features import gram_of
from ..network.network import Network
from ..threads.team import Team
from ..threads.workspace import Float32


def content_targets(problem: Problem, network: Network) -> dict[str, Float32]:
    """Compute the content's features at the layers of the content term.

    Parameters
    ----------
    problem : Problem
    network : Network
        That of the painted picture, whose size the content has; it runs as far as needed.

    Returns
    -------
    dict of str to (H, W, K) ndarray of float32
    """
    targets: dict[str, Float32] = {}

    def keep(stage: Stage, layer: str, framed: Float32) -> None:
        targets[layer] = interior(framed, *stage.size_of(layer)).copy()

    if problem.content is not None and problem.content_layers:
        variable = to_variable(problem.content, problem.recipe.variable)
        network.forward(variable, keep, problem.content_layers)
    return targets


def style_targets(
    problem: Problem, convolutions: Convolutions, input_map: NetworkInputMap, team: Team
) -> list[dict[str, NDArray[np.float64]]]:
    """Compute the styles' Gram matrices, in networks of their own sizes that are dropped then.

    Parameters
    ----------
    problem : Problem
    convolutions : Convolutions
        Of all its layers.
    input_map : NetworkInputMap
    team : Team

    Returns
    -------
    list of dict of str to (K, K) ndarray of float64
        For each style, by the layers where it counts: divided, and scaled for its area where the
        recipe says so.
    """
    every = zip(problem.styles, style_constants(problem), strict=True)
    return [
        _of_style(problem, pixels, constants, convolutions, input_map, team)
        for pixels, constants in every
    ]


def _of_style(
    problem: Problem,
    pixels: NDArray[np.float64],
    constants: dict[str, StyleConstants],
    convolutions: Convolutions,
    input_map: NetworkInputMap,
    team: Team,
) -> dict[str, NDArray[np.float64]]:
    """Run one style through the network; an empty table wants nothing of it."""
    targets: dict[str, NDArray[np.float64]] = {}
    if not constants:
        return targets
    network = Network(
        layers_up_to(problem.layers, constants),
        convolutions,
        problem.recipe.network,
        input_map,
        (pixels.shape[0], pixels.shape[1]),
        constants,
        team,
        backward=False,
    )

    def keep(stage: Stage, layer: str, framed: Float32) -> None:
        gram = gram_of(team, network.work, framed, stage.size_of(layer))
        here = constants[layer]
        targets[layer] = gram * (float(here.area) / here.target_gram_divisor)

    network.forward(to_variable(pixels, problem.recipe.variable), keep)
    return targets
