"""What the two kinds of 3x3 convolution have in common: they hand out their result in pieces.

A convolution reads a framed map (`tiles.py`) and passes each piece of the result, while it is in
the cache, to a function that finishes it: bias, ReLU, masks and pooling on the way forward
(`forward.py`), unpooling, masks and the taps' own gradients on the way back (`backward.py`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from ..threads.team import Team
from ..threads.workspace import Float32, Workspace
from .tiles import Piece, pieces_of

Finish = Callable[[int, Piece, Float32], None]
"""Called with slot, piece and its result, which it may overwrite: an array
(4 * rows of tiles, 4 * columns of tiles, K).

Pieces come in no particular order and from any thread.
"""


class Convolution(ABC):
    """A layer's convolution, forward or with respect to its input.

    Parameters
    ----------
    channels_in, channels_out : int
        Of the maps that it reads and writes.
    bias : (K,) ndarray of float32, or None
        Added to the result.
    """

    def __init__(self, channels_in: int, channels_out: int, bias: Float32 | None = None) -> None:
        self.channels_in = channels_in
        self.channels_out = channels_out
        self.bias = bias

    def pieces(self, size: tuple[int, int]) -> list[Piece]:
        """Cut a map of this height and width as `run` will."""
        return pieces_of(size, max(self.channels_in, self.channels_out))

    @abstractmethod
    def run(
        self,
        team: Team,
        work: Workspace,
        framed: Float32,
        size: tuple[int, int],
        finish: Finish,
    ) -> None:
        """Convolve a map.

        Parameters
        ----------
        team : Team
            Who does it.
        work : Workspace
            Scratch memory; `scratch.py` says how much.
        framed : ndarray of float32
            The map with its frame; see `tiles.framed_shape`.
        size : (int, int)
            Height and width of the map.
        finish : callable
            Gets the result.
        """
