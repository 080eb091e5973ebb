"""From the picture to what the first convolution reads, and the gradient's way back."""

import numpy as np
from numpy.typing import NDArray

from ...problem.pixels import NetworkInputMap
from ...problem.stages import Size
from ..convolution.convolution import Finish
from ..convolution.tiles import Piece, clear_frame, extent, interior
from ..threads.workspace import Float32

PICTURE_CHANNELS = 4
"""What the first convolution reads: three colors, and ones, which bring its bias."""


def write_picture(
    picture: NDArray[np.float64], input_map: NetworkInputMap, framed: Float32, size: Size
) -> None:
    """Scale, shift and order the channels as the network wants them, and add the ones.

    Parameters
    ----------
    picture : (H, W, 3) ndarray of float64
        R, G, B, in units of the recipe's variable.
    input_map : NetworkInputMap
        How it becomes the network's input.
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


def picture_receiver(gradient: NDArray[np.float64], input_map: NetworkInputMap) -> Finish:
    """Make the function that writes pieces of the first convolution's gradient to the picture's.

    Parameters
    ----------
    gradient : (H, W, 3) ndarray of float64
        Gets the gradient with respect to the picture.
    input_map : NetworkInputMap
        As in `write_picture`.
    """

    def finish(slot: int, piece: Piece, grad: Float32) -> None:
        height, width = extent(piece)
        out = gradient[piece.rows, piece.columns]
        for k, c in enumerate(input_map.order):
            np.multiply(grad[:height, :width, k], input_map.scale[c], out=out[..., c])

    return finish
