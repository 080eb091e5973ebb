"""An estimate of the reference engine's memory, before it takes any."""

import math

import numpy as np
from numpy.typing import DTypeLike

from ..problem.feature_sizes import feature_sizes
from ..problem.problem import Problem
from ..problem.recipe import SORTED

CONV_COPIES = 8
"""Arrays of the largest layer's size in use at once: padded and shifted input, output, product, the
gradients of layer and terms, and what they are added from."""


def estimate_bytes(problem: Problem, dtype: DTypeLike, shape: tuple[int, int] | None = None) -> int:
    """Estimate the memory of an objective and one evaluation.

    Parameters
    ----------
    problem : Problem
        What will be computed.
    dtype : dtype
        float32 or float64.
    shape : (int, int), optional
        Height and width of the painted picture, if it is to have another size than the problem's.

    Returns
    -------
    int
        Bytes: filters, targets, the outputs that the backward pass needs, and temporary arrays of
        the largest layer; without Python and its libraries, about 100 MB.
    """
    shape = problem.shape if shape is None else shape
    pictures = [shape, *((style.shape[0], style.shape[1]) for style in problem.styles)]
    outputs = _output_sizes(problem, max(pictures, key=math.prod))
    kept = [
        outputs[row.name]
        for row in problem.layers
        if row.kind != "conv" or row.name in problem.taps  # see `Network.forward`
    ]
    targets = [_output_sizes(problem, shape)[name] for name in problem.content_layers]
    targets += _sorted_sizes(problem, shape)
    filters = [
        problem.weights.filters[row.name].size for row in problem.layers if row.kind == "conv"
    ]
    temporary = CONV_COPIES * max(outputs.values(), default=0)
    return np.dtype(dtype).itemsize * (sum(filters) + sum(kept) + sum(targets) + temporary)


def _sorted_sizes(problem: Problem, shape: tuple[int, int]) -> list[int]:
    """Count the numbers of each target of a statistic that sorts features, and of sorting one."""
    style = problem.recipe.style
    if style is None or style.statistic not in SORTED:
        return []
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    channels = {row.name: row.channels_out for row in problem.layers}
    numbers = {
        name: math.prod(sizes[name])
        * (channels[name] if style.statistic == "histogram" else style.directions)
        for name in problem.style_layers
    }
    kept = [numbers[name] for table in problem.layers_of_styles for name in table]
    return [*kept, 5 * max(numbers.values(), default=0)]


def _output_sizes(problem: Problem, shape: tuple[int, int]) -> dict[str, int]:
    """Count the numbers of each layer's output for a picture of a given size."""
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    return {row.name: math.prod(sizes[row.name]) * row.channels_out for row in problem.layers}
