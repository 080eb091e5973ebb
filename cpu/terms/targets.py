"""Targets of the content and style terms, from one forward pass over each given picture."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...problem.feature_sizes import feature_sizes
from ...problem.pixels import NetworkInputMap, to_variable
from ...problem.problem import Problem, StyleRegion
from ...problem.recipe import SORTED
from ...problem.stages import Stage, layers_up_to
from ...problem.term_constants import StyleConstants, style_constants
from ...reference.statistic_term import Quantiles, quantiles_of
from ...reference.statistics import Normal, normal_forward
from ...scratch import zeros
from ..bands.network import AnyNetwork, network_of
from ..convolution.convolutions import Convolutions
from ..convolution.tiles import interior
from ..threads.team import Team
from ..threads.workspace import Float32
from .look import Look, as_weights

StyleTarget = NDArray[np.float64] | Normal | Quantiles
"""A Gram matrix (K, K), divided, and scaled for the style's area where the recipe says so; or,
for the other statistics, the distribution of the style's features."""


def content_targets(
    problem: Problem, network: AnyNetwork, scratch: str | None = None
) -> dict[str, Float32]:
    """Compute the content's features at the layers of the content term.

    Parameters
    ----------
    problem : Problem
    network : Network
        That of the painted picture, whose size the content has; it runs as far as needed.
    scratch : str, optional
        A folder: the features lie in files there.

    Returns
    -------
    dict of str to (H, W, K) ndarray of float32
    """
    targets: dict[str, Float32] = {}

    sizes = feature_sizes(problem.layers, problem.recipe.network, problem.shape)

    def keep(stage: Stage, layer: str, framed: Float32, rows: slice) -> None:
        size = sizes[layer]
        if layer not in targets:
            targets[layer] = zeros(scratch, (*size, framed.shape[2]), np.float32)
        targets[layer][rows] = interior(framed, rows.stop - rows.start, size[1])

    if problem.content is not None and problem.content_layers:
        variable = to_variable(problem.content, problem.recipe.variable)
        network.forward(variable, keep, problem.content_layers)
    return targets


def style_targets(
    problem: Problem,
    convolutions: Convolutions,
    input_map: NetworkInputMap,
    team: Team,
    *,
    blocks: int = 0,
) -> list[dict[str, StyleTarget]]:
    """Compute what the styles ask for, in networks of their own sizes that are dropped then.

    Parameters
    ----------
    problem : Problem
    convolutions : Convolutions
        Of all its layers.
    input_map : NetworkInputMap
    team : Team
    blocks : int
        How many blocks of the painted picture's network run in bands; if any, all blocks do here.

    Returns
    -------
    list of dict of str to StyleTarget
        For each style, by the layers where it counts.
    """
    every = zip(problem.styles, style_constants(problem), problem.style_regions, strict=True)
    return [_of_style(problem, *style, convolutions, input_map, team, blocks) for style in every]


def _of_style(
    problem: Problem,
    pixels: NDArray[np.float64],
    constants: dict[str, StyleConstants],
    region: StyleRegion,
    convolutions: Convolutions,
    input_map: NetworkInputMap,
    team: Team,
    blocks: int,
) -> dict[str, StyleTarget]:
    """Run one style through the network; an empty table wants nothing of it."""
    if not constants:
        return {}
    network = network_of(
        layers_up_to(problem.layers, constants),
        convolutions,
        problem.recipe.network,
        input_map,
        (pixels.shape[0], pixels.shape[1]),
        constants,
        team,
        blocks=blocks,
        backward=False,
    )
    variable = to_variable(pixels, problem.recipe.variable)
    first = next(iter(constants.values()))  # the statistic is the same at all layers
    if first.statistic in SORTED:
        return dict(_quantiles(network, variable, constants))
    sums = partial(_sums, team, network, variable, region)
    if first.statistic != "gram":
        return dict(_normals(sums))
    return {
        layer: gram * (float(constants[layer].area) / constants[layer].target_gram_divisor)
        for layer, gram in sums(lambda layer, look: look.gram(constants[layer])).items()
    }


Matrices = dict[str, NDArray[np.float64]]
Sums = Callable[[Callable[[str, Look], NDArray[np.float64]]], Matrices]


def _sums(
    team: Team,
    network: AnyNetwork,
    variable: NDArray[np.float64],
    region: StyleRegion,
    of: Callable[[str, Look], NDArray[np.float64]],
) -> Matrices:
    """Add up, over a picture's bands, what is computed of each of its layers."""
    totals: Matrices = {}

    def add(stage: Stage, layer: str, framed: Float32, rows: slice) -> None:
        size = (rows.stop - rows.start, stage.size_of(layer)[1])
        weights = as_weights(region.shown_at(layer))
        part = None if weights is None else weights[rows]
        here = of(layer, Look(team, network.work, framed, size, part))
        totals[layer] = totals[layer] + here if layer in totals else here

    network.forward(variable, add)
    return totals


def _normals(sums: Sums) -> dict[str, Normal]:
    """Compute means and covariances, the latter around a near center: in float32 they cancel."""
    near = sums(lambda _, look: look.moments(np.zeros(look.framed.shape[2], np.float32)))
    centers = {name: normal_forward(m).mean.astype(np.float32) for name, m in near.items()}
    around = sums(lambda layer, look: look.moments(centers[layer]))
    centered = {layer: normal_forward(moments) for layer, moments in around.items()}
    return {
        layer: Normal(normal.mean + centers[layer], normal.covariance)
        for layer, normal in centered.items()
    }


def _quantiles(
    network: AnyNetwork, variable: NDArray[np.float64], constants: dict[str, StyleConstants]
) -> dict[str, Quantiles]:
    """Sort features, which all must be there: `require_bands` refuses bands here."""
    found: dict[str, Quantiles] = {}

    def keep(stage: Stage, layer: str, framed: Float32, rows: slice) -> None:
        found[layer] = quantiles_of(interior(framed, *stage.size_of(layer)), constants[layer])

    network.forward(variable, keep)
    return found
