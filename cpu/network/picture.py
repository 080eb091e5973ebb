"""A block whose input is a picture, or a window of one: what it sees, and the gradient there."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...problem.pixels import NetworkInputMap
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size
from ..convolution.convolution import DirectConvolution, Finish
from ..convolution.tiles import Piece, clear_frame, extent, interior
from ..threads.workspace import Float32
from .block import Arriving, Block
from .edges import WHOLE, Ends, add_edge_gradient, repeat_edge
from .features import LayerGradient
from .maps import conv_gradient_name


def write_picture(
    picture: NDArray[np.float64],
    input_map: NetworkInputMap,
    options: NetworkOptions,
    framed: Float32,
    size: Size,
) -> None:
    """Scale, shift and order the channels as the network wants them, and add the ones.

    Parameters
    ----------
    picture : (H, W, 3) ndarray of float64
        R, G, B, in units of the recipe's variable.
    input_map : NetworkInputMap
        How it becomes the network's input.
    options : NetworkOptions
        What the first convolution sees beyond it.
    framed : ndarray of float32
        Where that goes: a map of four channels with its frame.
    size : (int, int)
        Height and width.
    """
    clear_frame(framed, *size)
    inside = interior(framed, *size)
    for k, c in enumerate(input_map.order):
        inside[..., k] = picture[..., c] * input_map.scale[c] + input_map.offset[c]
    inside[..., -1] = 1
    if options.first_padding == "edge":
        # where a window is cut, too: what sees its frame there is halo, and counts nowhere
        repeat_edge(framed[..., :-1], size)


def carry_back_to_picture(
    block: Block,
    gradients: Mapping[str, LayerGradient],
    gradient: NDArray[np.float64],
    input_map: NetworkInputMap,
    arriving: Arriving | None = None,
    ends: Ends = WHOLE,
) -> None:
    """Carry gradients through a block, and add what comes out to the picture's.

    Parameters
    ----------
    block : Block
        The network's first one.
    gradients, arriving
        As for `Block.carry_back`.
    gradient : (H, W, 3) ndarray of float64
        With respect to the picture, or to the block's window of it.
    input_map : NetworkInputMap
        As in `write_picture`.
    ends : (bool, bool)
        As for `add_edge_gradient`.
    """
    block.carry_back(gradients, picture_receiver(gradient, input_map), arriving)
    if block.options.first_padding == "edge":
        first = block.stages[0]
        convolution = block.convolutions.backward[first.conv]
        assert isinstance(convolution, DirectConvolution)  # the first one always is
        filters = convolution.filters.reshape(3, 3, first.channels_out, 3)
        grad = interior(block.maps[conv_gradient_name(first)], *first.size)
        add_edge_gradient(gradient, grad, filters, input_map, ends)


def picture_receiver(gradient: NDArray[np.float64], input_map: NetworkInputMap) -> Finish:
    """Make the function that adds pieces of the first convolution's gradient to the picture's.

    Parameters
    ----------
    gradient : (H, W, 3) ndarray of float64
        To which the gradient with respect to the picture is added.
    input_map : NetworkInputMap
        As in `write_picture`.
    """

    def finish(slot: int, piece: Piece, grad: Float32) -> None:
        height, width = extent(piece)
        out = gradient[piece.rows, piece.columns]
        for k, c in enumerate(input_map.order):
            out[..., c] += grad[:height, :width, k] * input_map.scale[c]

    return finish
