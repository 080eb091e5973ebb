"""The feature maps that an evaluation keeps, each from one step to another.

With S stages, stage s runs forward in step s, the deepest gradient starts in step S, and the
convolution of stage s carries it back in step 2 S - s.  Kept are

- the output of a stage until the next one has read it; longer if a term looks at it;
- one bit an element where the gradient passes (`write_mask`), instead of activations; none for a
  ReLU that a term looks at, whose features tell the same;
- the gradient at a convolution's output from when it is written until it is read.  It takes the
  place of features that a term looks at: once their own gradient is known, they are not needed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.leases import Arena, Lease, host_block
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage
from ..convolution.convolution import Finish
from ..convolution.tiles import Piece, clear_frame, extent, framed_shape, interior
from ..threads.workspace import Float32, Scratch
from .scratch import backward_scratch, channels_read, forward_scratch

Maps = Mapping[str, NDArray[Any]]
"""The maps of a block of stages, by name."""

INPUT = "input"
"""The map that the first convolution reads: the picture, or features."""


def conv_gradient_name(stage: Stage) -> str:
    """Name the map that receives the gradient with respect to the convolution's output."""
    for layer in (stage.relu, stage.conv):
        if layer in stage.taps and layer is not None:
            return layer
    return f"gradient of {stage.conv}"


def mask_name(stage: Stage) -> str:
    """Name the bits that tell where the gradient passes the stage."""
    return f"mask of {stage.conv}"


def needs_mask(stage: Stage, options: NetworkOptions) -> bool:
    """Whether features that are kept anyway do not say where the gradient passes."""
    finds_largest = stage.pool is not None and options.pool == "max"
    return stage.relu is not None and (stage.relu not in stage.taps or finds_largest)


def pool_gradient_name(stage: Stage) -> str:
    """Name the gradient with respect to the output of an overlapping pool."""
    return f"gradient of {stage.pool}"


def shared_name(step: int) -> str:
    """Name the scratch memory that all threads share in a step."""
    return f"shared in step {step}"


def plan(
    stages: Sequence[Stage], options: NetworkOptions, *, backward: bool, exact: bool
) -> list[Lease]:
    """List all maps of an evaluation.

    Parameters
    ----------
    stages : sequence of Stage
    options : NetworkOptions
        Which kind of pool.
    backward : bool
        False: only features are wanted, and only until the step after theirs.
    exact : bool
        Whether all convolutions are direct.

    Returns
    -------
    list of Lease
    """
    end = 2 * len(stages)
    shape = framed_shape(*stages[0].size, channels_read(stages[0]))
    leases = [Lease(INPUT, shape, 0, 0)]
    for stage in stages:
        leases += _forward_maps(stage, options, end if backward else None)
        leases += _shared(stage.number, forward_scratch(stage, exact=exact))
        if backward:
            leases += _backward_maps(stage, options, end)
            leases += _shared(end - stage.number, backward_scratch(stage, exact=exact))
    return leases


def _forward_maps(stage: Stage, options: NetworkOptions, end: int | None) -> list[Lease]:
    """Features: all that the next stage reads, and the taps until their gradient is known."""
    step = stage.number
    leases = []
    overlapping = stage.pool is not None and options.pool == "overlapping-average"
    for layer in stage.layers:
        is_output, is_tap = layer == stage.output, layer in stage.taps
        if not (is_output or is_tap or (overlapping and layer == stage.relu)):
            continue
        last = step + 1 if is_output else step
        if is_tap and end is not None:
            last = end - step - (0 if layer == conv_gradient_name(stage) else 1)
        shape = framed_shape(*stage.size_of(layer), stage.channels_out)
        leases.append(Lease(layer, shape, step, last))
    return leases


def _backward_maps(stage: Stage, options: NetworkOptions, end: int) -> list[Lease]:
    """Bits and gradients."""
    height, width = stage.size
    written, read = end - stage.number - 1, end - stage.number
    leases = []
    if needs_mask(stage, options):
        bits = (height, width * stage.channels_out // 8)
        leases.append(Lease(mask_name(stage), bits, stage.number, written, np.uint8))
    if conv_gradient_name(stage) not in stage.taps:
        shape = framed_shape(height, width, stage.channels_out)
        leases.append(Lease(conv_gradient_name(stage), shape, written, read))
    if stage.pool is not None and options.pool == "overlapping-average":
        shape = framed_shape(*stage.pooled, stage.channels_out)
        leases.append(Lease(pool_gradient_name(stage), shape, written, written))
    return leases


def _shared(step: int, scratch: Scratch) -> list[Lease]:
    """Scratch memory of one step, if it needs any."""
    return [Lease(shared_name(step), (scratch.shared,), step, step)] if scratch.shared else []


def maps_of(
    stages: Sequence[Stage],
    options: NetworkOptions,
    *,
    backward: bool,
    exact: bool,
    allocate: Callable[[int], NDArray[np.uint8]] = host_block,
) -> Arena:
    """Make all maps of an evaluation; parameters are those of `plan` and of `Arena`."""
    return Arena(plan(stages, options, backward=backward, exact=exact), allocate)


def write_features(features: Float32, framed: Float32, size: Size) -> None:
    """Copy features into a block's input; (H, W, C), of the `size` of the framed map."""
    clear_frame(framed, *size)
    interior(framed, *size)[...] = features


def features_receiver(gradient: Float32, *, adds: bool) -> Finish:
    """Make the function that takes pieces of a convolution's gradient to that of its input.

    Parameters
    ----------
    gradient : (H, W, C) ndarray of float32
    adds : bool
        Whether they are added to what is there, or replace it.
    """

    def finish(slot: int, piece: Piece, grad: Float32) -> None:
        height, width = extent(piece)
        out = gradient[piece.rows, piece.columns]
        if adds:
            out += grad[:height, :width]
        else:
            np.copyto(out, grad[:height, :width])

    return finish
