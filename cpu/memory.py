"""An estimate of the engine's memory, before it takes any."""

import math
from collections.abc import Collection, Iterator
from functools import partial

from ..engine.leases import place
from ..problem.feature_sizes import feature_sizes
from ..problem.problem import LAPLACIAN, RANGE, TOTAL_VARIATION, Problem
from ..problem.recipe import SORTED
from ..problem.stages import Size, layers_up_to, stages_of
from .bands.cut import blocks_of, cut_of
from .bands.plan import banded_plan
from .convolution.large_filters import are_large
from .convolution.winograd import PLANES
from .network.maps import plan
from .network.scratch import scratch_of
from .threads.team import available_processors
from .threads.workspace import FLOAT_BYTES

MATRICES = 4
"""Float64 Gram matrices of the widest layer at once, while their difference is computed."""
SOLVER_MATRICES = 12
"""Likewise with the workspace of LAPACK's eigenvalues and eigenvectors."""
PICTURES = 2
"""Float64 pictures at once in an evaluation: the one that it is of, and the gradient."""
OF_TERMS = 7
"""More of them for a term that looks at the picture alone; total variation of a power has most."""
AT_HOME = 6
"""Where windows are cut for tiles, and their gradients added up."""
WINDOWS = 1
"""Of these, what the windows take, of float32 and once more on their way, as long as they count."""


def estimate_bytes(
    problem: Problem,
    *,
    threads: int | None = None,
    exact: bool = False,
    bands: int = 0,
    is_on_disk: bool = False,
    shape: Size | None = None,
) -> int:
    """Estimate the most memory that an objective takes, while it is built or while it runs.

    Parameters
    ----------
    problem : Problem
        What will be computed.
    threads, exact, bands
        As for `CPUObjective`.
    is_on_disk : bool
        Whether what banded blocks put out, and the content's features, lie in files.
    shape : (int, int), optional
        Height and width of the painted picture, if it is to have another size than the problem's.

    Returns
    -------
    int
        Bytes: prepared filters, targets, and the larger of the maps that build the styles' targets
        and of those that the run needs; without Python, its libraries and the weights themselves.
    """
    shape = problem.shape if shape is None else shape
    threads = available_processors() if threads is None else threads
    count = partial(_network_bytes, problem, threads=threads, exact=exact, bands=bands)
    run = count(shape, problem.taps, backward=True, is_on_disk=is_on_disk)
    building = [count(size, wanted, backward=False) for size, wanted in _styles(problem)]
    largest = max([run + _picture_bytes(problem, shape), *building])
    targets = (
        (0 if is_on_disk else _target_bytes(problem, shape))
        + _gram_bytes(problem)
        + _mask_bytes(problem, shape)
        + _rank_bytes(problem, shape)
    )
    return _filter_bytes(problem, exact) + targets + largest


def tile_bytes(
    problem: Problem, size: Size, *, threads: int | None = None, exact: bool = False
) -> int:
    """Estimate the memory of a process that computes a tile of a picture; see `bands.tile`.

    `size` is the height and width of its window; the weights count here, which each process has.
    """
    threads = available_processors() if threads is None else threads
    taps = problem.taps
    maps = _network_bytes(problem, size, taps, threads=threads, backward=True, exact=exact, bands=0)
    weights = 9 * sum(
        layer.channels_in * layer.channels_out for layer in problem.layers if layer.kind == "conv"
    )
    return (
        _filter_bytes(problem, exact) + FLOAT_BYTES * weights + maps + _target_bytes(problem, size)
    )


def home_bytes(
    problem: Problem, shape: Size, *, threads: int | None = None, exact: bool = False
) -> int:
    """Estimate the memory of the process that adds up what tiles give, without the optimizer's.

    Filters are there as long as the styles' targets are computed, in bands.
    """
    threads = available_processors() if threads is None else threads
    building = [
        _network_bytes(
            problem,
            size,
            wanted,
            threads=threads,
            backward=False,
            exact=exact,
            bands=1,
        )
        for size, wanted in _styles(problem)
    ]
    picture = 8 * 3 * math.prod(shape)
    pictures = max(AT_HOME * picture, WINDOWS * picture + _picture_bytes(problem, shape))
    return _gram_bytes(problem) + max(
        pictures, _filter_bytes(problem, exact) + max(building, default=0)
    )


def features_on_disk(
    problem: Problem, bands: int, *, exact: bool = False, shape: Size | None = None
) -> int:
    """Count what lies in files: what banded blocks put out, the gradient there, the content's."""
    options, shape = problem.recipe.network, problem.shape if shape is None else shape
    cut = cut_of(problem.layers, options, shape, problem.taps, bands)
    outputs = banded_plan(cut, options, backward=True, exact=exact).disk_bytes
    return outputs + _target_bytes(problem, shape)


def _styles(problem: Problem) -> Iterator[tuple[Size, Collection[str]]]:
    """List the sizes of the styles whose features become targets, with their layers."""
    for pixels, table in zip(problem.styles, problem.layers_of_styles, strict=True):
        if table:
            yield (pixels.shape[0], pixels.shape[1]), table


def _network_bytes(
    problem: Problem,
    size: Size,
    taps: Collection[str],
    *,
    threads: int,
    backward: bool,
    exact: bool,
    bands: int,
    is_on_disk: bool = False,
) -> int:
    """Count maps and scratch memory of one network; 0 if pooling leaves nothing of the picture."""
    options = problem.recipe.network
    layers = layers_up_to(problem.layers, taps)
    stages = stages_of(layers, options, size, taps)
    if any(0 in stage.pooled for stage in stages):
        return 0
    if bands:
        blocks = bands if backward else len(blocks_of(layers))
        cut = cut_of(layers, options, size, taps, blocks)
        planned = banded_plan(cut, options, backward=backward, exact=exact)
        return planned.nbytes(is_on_disk=is_on_disk) + planned.scratch.nbytes(threads)
    _, maps = place(plan(stages, options, backward=backward, exact=exact))
    return maps + scratch_of(stages, backward=backward, exact=exact).nbytes(threads)


def _picture_bytes(problem: Problem, shape: Size) -> int:
    """Count the float64 pictures of an evaluation."""
    of_picture = {TOTAL_VARIATION, LAPLACIAN, RANGE} & {*problem.term_names}
    return (PICTURES + OF_TERMS * bool(of_picture)) * 8 * 3 * math.prod(shape)


def _filter_bytes(problem: Problem, exact: bool) -> int:
    """Count the prepared filters, beside the weights, which are used as they are."""
    total = 0
    for layer in (row for row in problem.layers if row.kind == "conv" and row.channels_in > 3):
        size = layer.channels_in * layer.channels_out
        if exact:
            total += 9 * size  # turned
        elif not are_large(layer.channels_in, layer.channels_out):
            total += 2 * PLANES * size  # for both directions
        if problem.recipe.network.filters != "upright":
            total += 9 * size
    return FLOAT_BYTES * total


def _target_bytes(problem: Problem, shape: Size) -> int:
    """Count the content's features."""
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    channels = {layer.name: layer.channels_out for layer in problem.layers}
    return FLOAT_BYTES * sum(
        math.prod(sizes[layer]) * channels[layer] for layer in problem.content_layers
    )


def _mask_bytes(problem: Problem, shape: Size) -> int:
    """Count the masks at the layers of the terms, and the rows of a region while it is summed."""
    regions = problem.regions
    if regions is None or not regions.look_at_features:
        return 0
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    several = sum(mask is not None for mask in regions.painted) + (regions.keep is not None)
    positions = [math.prod(sizes[layer]) for layer in problem.taps]
    channels = {layer.name: layer.channels_out for layer in problem.layers}
    rows = max(math.prod(sizes[layer]) * channels[layer] for layer in problem.taps)
    return (FLOAT_BYTES + 8) * several * sum(positions) + FLOAT_BYTES * rows


def _rank_bytes(problem: Problem, shape: Size) -> int:
    """Count what statistics keep that sort features: each style's values, and the painting's.

    Beside those of every style stand the gradient of each layer, and of one layer its numbers and
    their distance from the values.
    """
    style = problem.recipe.style
    if style is None or style.statistic not in SORTED:
        return 0
    sizes = feature_sizes(problem.layers, problem.recipe.network, shape)
    channels = {layer.name: layer.channels_out for layer in problem.layers}
    numbers = {
        name: math.prod(sizes[name])
        * (channels[name] if style.statistic == "histogram" else style.directions)
        for name in problem.style_layers
    }
    kept = sum(numbers[name] for table in problem.layers_of_styles for name in table)
    gradients = sum(numbers.values())
    return FLOAT_BYTES * (kept + gradients + 2 * max(numbers.values(), default=0))


def _gram_bytes(problem: Problem) -> int:
    """Count the styles' Gram matrices, the gradients' matrices, and those that come and go.

    Other statistics keep each covariance's eigenvectors, and the solver needs matrices of its own.
    """
    style = problem.recipe.style
    is_plain = style is None or style.statistic == "gram"
    kept, going = (1, MATRICES) if is_plain else (2, SOLVER_MATRICES)
    sizes = {layer.name: layer.channels_out**2 for layer in problem.layers}
    targets = sum(sizes[name] for table in problem.layers_of_styles for name in table)
    gradients = sum(sizes[name] for name in problem.style_layers)
    widest = max((sizes[name] for name in problem.style_layers), default=0)
    return 8 * kept * targets + FLOAT_BYTES * gradients + going * 8 * widest
