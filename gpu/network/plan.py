"""The arrays that an evaluation needs, each from one step to another.

Stage k (a convolution with the ReLU and the pool after it) computes forward in step k.  The way
back visits it in step 2 n - 1 - k, with n stages in all: there the gradient of what the stage puts
out becomes that of its convolution, then that of what the stage before puts out.
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from ...engine.leases import Lease
from ...problem.problem import Problem
from ...problem.recipe import NetworkOptions
from ...problem.stages import Stage
from ..pointwise.masks import GROUP

INPUT = "input"
"""The network's own input: the preprocessed picture."""


def plan(
    stages: Sequence[Stage],
    options: NetworkOptions,
    *,
    stored: np.dtype[np.floating],
    real: np.dtype[np.floating],
    backward: bool,
    scratch: Collection[str] = (),
) -> list[Lease]:
    """List the arrays of one evaluation.

    Parameters
    ----------
    stages : sequence of Stage
    options : NetworkOptions
        Kind of pooling.
    stored, real : dtype
        Of feature maps, and of the picture.
    backward : bool
        Whether there is a way back, for which masks, winners and taps stay.
    scratch : collection of str
        Tapped layers that need a second array of their size, forward and on the way back.
    """
    leases = list(_picture_leases(stages, real, backward=backward))
    for stage in stages:
        leases += stage_leases(stage, len(stages), options, stored, backward=backward)
        leases += _scratch_leases(stage, len(stages), stored, scratch)
    return leases


def stage_leases(
    stage: Stage,
    count: int,
    options: NetworkOptions,
    stored: np.dtype[np.floating],
    *,
    backward: bool = True,
) -> Iterator[Lease]:
    """List the arrays of one stage; `count` is the number of stages in all."""
    yield from _forward_leases(stage, count, options, stored, backward=backward)
    if backward:
        yield from _backward_leases(stage, count, stored)


def normalized_layers(problem: Problem) -> set[str]:
    """List the layers of a term that divides its gradient by that gradient's size."""
    content, style = problem.recipe.content, problem.recipe.style
    layers: set[str] = set()
    if content is not None and content.l1_epsilon is not None:
        layers |= set(problem.content_layers)
    if style is not None and style.l1_epsilon is not None:
        layers |= set(problem.style_layers)
    return layers


def convolution_output(stage: Stage) -> str:
    """Name the map that the convolution writes: its ReLU's, unless its own is looked at."""
    return stage.conv if stage.relu is None or stage.conv in stage.taps else stage.relu


def gradient_name(layer: str) -> str:
    """Name the gradient with respect to a layer's output, or to the input."""
    return f"gradient {layer}"


def positive_name(stage: Stage) -> str:
    """Name the bits that tell where the ReLU was positive."""
    return f"positive {stage.relu}"


def winners_name(stage: Stage) -> str:
    """Name the places of a max pool's winners."""
    return f"winners {stage.pool}"


def scratch_name(layer: str, *, backward: bool) -> str:
    """Name the second array of a tapped layer's size."""
    return f"scratch {'backward' if backward else 'forward'} {layer}"


def has_inner_gradient(stage: Stage) -> bool:
    """Whether the stage pools, so that its output's gradient is smaller than its convolution's."""
    return stage.pool is not None


def convolution_gradient(stage: Stage) -> str:
    """Name the gradient that the convolution's way back reads."""
    return gradient_name(stage.conv if has_inner_gradient(stage) else stage.output)


def _picture_leases(
    stages: Sequence[Stage], real: np.dtype[np.floating], *, backward: bool
) -> Iterator[Lease]:
    shape, last = (*stages[0].size, 3), 2 * len(stages) - 1
    yield Lease(INPUT, shape, 0, 0, real.type)
    if backward:
        yield Lease(gradient_name(INPUT), shape, last, last, real.type)


def _forward_leases(
    stage: Stage,
    count: int,
    options: NetworkOptions,
    stored: np.dtype[np.floating],
    *,
    backward: bool,
) -> Iterator[Lease]:
    now, back = stage.number, 2 * count - 1 - stage.number
    for layer in _written(stage):
        is_output = layer == stage.output
        last = now + 1 if is_output and now + 1 < count else now
        if backward and layer in stage.taps:
            last = back
        shape = (*stage.size_of(layer), stage.channels_out)
        yield Lease(layer, shape, now, last, stored.type)
    if backward and stage.relu is not None:
        shape = (*stage.size, stage.channels_out // GROUP)
        yield Lease(positive_name(stage), shape, now, back, np.uint8)
    if stage.pool is not None and options.pool == "max":
        shape = (*stage.pooled, stage.channels_out)
        yield Lease(winners_name(stage), shape, now, back if backward else now, np.uint8)


def _backward_leases(stage: Stage, count: int, stored: np.dtype[np.floating]) -> Iterator[Lease]:
    back = 2 * count - 1 - stage.number
    begin = back if stage.number + 1 == count else back - 1
    name = gradient_name(stage.output)
    yield Lease(name, (*stage.pooled, stage.channels_out), begin, back, stored.type)
    if has_inner_gradient(stage):
        shape = (*stage.size, stage.channels_out)
        yield Lease(convolution_gradient(stage), shape, back, back, stored.type)


def _scratch_leases(
    stage: Stage, count: int, stored: np.dtype[np.floating], scratch: Collection[str]
) -> Iterator[Lease]:
    now, back = stage.number, 2 * count - 1 - stage.number
    for layer in (layer for layer in stage.layers if layer in scratch):
        shape = (*stage.size_of(layer), stage.channels_out)
        yield Lease(scratch_name(layer, backward=False), shape, now, now, stored.type)
        begin = back if back == count else back - 1
        yield Lease(scratch_name(layer, backward=True), shape, begin, back, stored.type)


def _written(stage: Stage) -> list[str]:
    """List the layers of a stage whose features are stored."""
    return [
        layer for layer in stage.layers if layer != stage.conv or layer == convolution_output(stage)
    ]
