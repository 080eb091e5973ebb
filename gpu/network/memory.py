"""An estimate of the engine's device memory, before it takes any."""

import math
from collections.abc import Collection

import numpy as np

from ...engine.leases import place
from ...problem.feature_sizes import feature_sizes
from ...problem.problem import Problem
from ...problem.recipe import LBFGSB, Adam, Optimizer
from ...problem.stages import Size, layers_up_to, stages_of
from ..operations.gram import gram_workspace
from .banded_plan import painted_plan
from .bands import cut_of
from .network_filters import Precision, stored_dtype
from .plan import plan

CONTEXT_BYTES = 600_000_000
"""CUDA itself, the compiled kernels, and what lies between blocks; about."""
PICTURES = 2
"""The point and its gradient."""


def estimate_bytes(
    problem: Problem,
    precision: Precision,
    *,
    dtype: type[np.floating] = np.float32,
    shape: Size | None = None,
) -> int:
    """Estimate the most device memory that an objective and its optimizer take.

    Parameters
    ----------
    problem : Problem
        What will be computed.
    precision, dtype
        As for `GPUObjective`.
    shape : (int, int), optional
        Height and width of the painted picture, if it is to have another size than the problem's.
    """
    shape = problem.shape if shape is None else shape
    real = np.dtype(dtype)
    stored = stored_dtype(precision, real)
    run = _run_bytes(problem, shape, stored, real)
    run += real.itemsize * 3 * math.prod(shape) * (PICTURES + vectors_kept(problem))
    building = [
        _building_bytes(problem, size, taps, stored, real)
        for size, taps in _given_pictures(problem, shape)
    ]
    kept = _filter_bytes(problem, stored) + _target_bytes(problem, shape, stored, real)
    return CONTEXT_BYTES + kept + max([run, *building])


def vectors_kept(problem: Problem) -> int:
    """Count the vectors of the picture's size that its optimizer keeps on the device."""
    optimizer: Optimizer = problem.recipe.optimizer
    if isinstance(optimizer, LBFGSB) and optimizer.bounds == "none":
        return 2 * optimizer.corrections + 1 + 3  # pairs, gradient; start, direction, last good
    return 3 if isinstance(optimizer, Adam) else 0


def _run_bytes(
    problem: Problem, shape: Size, stored: np.dtype[np.floating], real: np.dtype[np.floating]
) -> int:
    """Count the arena of the painted picture, and what its Gram matrices are summed up in."""
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    if any(0 in size for size in sizes.values()):
        return 0
    _, arena = place(painted_plan(problem, shape, stored=stored, real=real))
    cut, channels = cut_of(problem, shape), _channels(problem)
    grams = sum(
        gram_workspace(sizes[layer], cut.rows_at_once(layer, sizes[layer][0]), channels[layer])
        for layer in problem.style_layers
    )
    return arena + real.itemsize * grams


def _building_bytes(
    problem: Problem,
    size: Size,
    taps: Collection[str],
    stored: np.dtype[np.floating],
    real: np.dtype[np.floating],
) -> int:
    """Count likewise for a picture that makes targets."""
    options, channels = problem.recipe.network, _channels(problem)
    stages = stages_of(layers_up_to(problem.layers, taps), options, size, taps)
    if any(0 in stage.pooled for stage in stages):
        return 0
    _, arena = place(plan(stages, options, stored=stored, real=real, backward=False))
    grams = sum(
        gram_workspace(stage.size_of(layer), stage.size_of(layer)[0], channels[layer])
        for stage in stages
        for layer in stage.taps & set(problem.style_layers)
    )
    return arena + real.itemsize * grams


def _given_pictures(problem: Problem, shape: Size) -> list[tuple[Size, Collection[str]]]:
    """List the pictures whose features become targets, with their layers."""
    given: list[tuple[Size, Collection[str]]] = []
    if problem.content_layers:
        given.append((shape, problem.content_layers))
    for pixels, table in zip(problem.styles, problem.layers_of_styles, strict=True):
        if table:
            given.append(((pixels.shape[0], pixels.shape[1]), table))
    return given


def _filter_bytes(problem: Problem, stored: np.dtype[np.floating]) -> int:
    """Count the filters, prepared for both directions."""
    convolutions = (row for row in problem.layers if row.kind == "conv")
    return 2 * 9 * stored.itemsize * sum(row.channels_in * row.channels_out for row in convolutions)


def _target_bytes(
    problem: Problem, shape: Size, stored: np.dtype[np.floating], real: np.dtype[np.floating]
) -> int:
    """Count the content's features, and the matrices of the style term."""
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    channels = _channels(problem)
    content = sum(math.prod(sizes[layer]) * channels[layer] for layer in problem.content_layers)
    buffers = 3 * sum(channels[layer] ** 2 for layer in problem.style_layers)
    targets = sum(channels[layer] ** 2 for table in problem.layers_of_styles for layer in table)
    return stored.itemsize * content + real.itemsize * (buffers + targets)


def _channels(problem: Problem) -> dict[str, int]:
    """Return the channels of each layer's output."""
    return {layer.name: layer.channels_out for layer in problem.layers}
