"""A count of the scratch memory that a network needs: that of its greediest step."""

from collections.abc import Sequence

from ...problem.stages import Size, Stage
from ..convolution.convolution import PICTURE_CHANNELS
from ..convolution.large_filters import (
    PADDING,
    PAIRS_A_TASK,
    PLANES_AT_ONCE,
    WIDTH,
    are_few,
    are_large,
    groups_of,
    tiles_of,
)
from ..convolution.tiles import Piece, pieces_of
from ..convolution.winograd import PLANES, TILE, WINDOW
from ..threads.workspace import Scratch
from .features import bands_of


def scratch_of(stages: Sequence[Stage], *, backward: bool, exact: bool) -> Scratch:
    """Take the largest need of all steps.

    Parameters
    ----------
    stages : sequence of Stage
    backward : bool
        Whether gradients are carried back.
    exact : bool
        Whether all convolutions are direct.
    """
    total = Scratch()
    for stage in stages:
        total |= forward_scratch(stage, exact=exact)
        if backward:
            total |= backward_scratch(stage, exact=exact)
    return total


def forward_scratch(stage: Stage, *, exact: bool) -> Scratch:
    """Count for a stage's convolution, and for the Gram matrices of its layers."""
    kind = direct if exact or stage.reads_picture else winograd
    total = kind(stage.size, channels_read(stage), stage.channels_out)
    for layer in stage.taps:
        total |= gram(stage.size_of(layer), stage.channels_out)
    return total


def backward_scratch(stage: Stage, *, exact: bool) -> Scratch:
    """Count for the convolution that carries a stage's gradient back."""
    kind = direct if exact or stage.reads_picture else winograd
    return kind(stage.size, stage.channels_out, stage.channels_in)


def channels_read(stage: Stage) -> int:
    """Count the channels of the map that a stage reads; the picture's has one of ones."""
    return PICTURE_CHANNELS if stage.reads_picture else stage.channels_in


def winograd(size: Size, channels_in: int, channels_out: int) -> Scratch:
    """Count for `WinogradConvolution`: windows and products, transformed halfway and wholly."""
    pieces = pieces_of(size, max(channels_in, channels_out))
    tiles = max(piece.tiles for piece in pieces)
    windows, products = PLANES * tiles * channels_in, PLANES * tiles * channels_out
    outputs = (WINDOW + TILE) * TILE * tiles * channels_out
    if not are_large(channels_in, channels_out):
        return Scratch(max(windows, products), max(windows, outputs))
    return Scratch(windows, outputs) | large(pieces, channels_in, channels_out)


def large(pieces: list[Piece], channels_in: int, channels_out: int) -> Scratch:
    """Count for `LargeFilters`: beside windows and outputs of pieces, products and filters."""
    channels = channels_in + channels_out
    together = PLANES * channels * max(map(tiles_of, groups_of(pieces, channels)))
    if are_few(pieces):
        block = channels_in * WIDTH
        return Scratch(PLANES_AT_ONCE * block, 9 * block, together)
    planes = PLANES * (channels_in * channels_out + PADDING)
    return Scratch(first=9 * max(PAIRS_A_TASK, channels_out), shared=together + planes)


def direct(size: Size, channels_in: int, channels_out: int) -> Scratch:
    """Count for `DirectConvolution`: nine neighbors of each output, and the outputs."""
    pieces = pieces_of(size, max(channels_in, channels_out))
    outputs = TILE**2 * max(piece.tiles for piece in pieces)
    return Scratch(outputs * 9 * channels_in, outputs * channels_out)


def gram(size: Size, channels: int) -> Scratch:
    """Count for `gram_of`: one matrix a band."""
    return Scratch(shared=len(bands_of(size)) * channels**2)
