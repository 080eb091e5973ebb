"""Maps within a border, which is mirrored or repeated."""

import numpy as np

from ..threads.workspace import Float32


class Frame:
    """A map with a border, and room for the last block of each row.

    Parameters
    ----------
    height, width, channels : int
        Of the map.
    border : int
        Rows and columns on each side.
    reach : int
        Pixels of a row that whoever reads it will look at; what lies behind the border is zero.
    repeats : bool
        Whether the border repeats the edge, instead of mirroring what lies behind it.

    Attributes
    ----------
    whole : (height + 2 border, reach, channels) ndarray of float32
    inside : (height, width, channels) ndarray of float32
        A view of the map.
    """

    def __init__(
        self,
        height: int,
        width: int,
        channels: int,
        *,
        border: int,
        reach: int,
        repeats: bool = False,
    ) -> None:
        columns = max(reach, width + 2 * border)
        self.whole: Float32 = np.zeros((height + 2 * border, columns, channels), np.float32)
        self._framed = self.whole[:, : width + 2 * border]
        self._border, self._repeats = border, repeats
        self.inside = self._framed[border : border + height, border : border + width]

    def close(self) -> None:
        """Fill the border; the map is complete."""
        border = self._border
        for map_ in (self._framed[border : border + self.inside.shape[0]].swapaxes(0, 1),
                     self._framed):  # fmt: skip
            end = map_.shape[0] - border
            for k in range(1, border + 1):
                original = 0 if self._repeats else k
                map_[border - k] = map_[border + original]
                map_[end - 1 + k] = map_[end - 1 - original]
