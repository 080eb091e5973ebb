"""H.264 in .mp4, the form of all films: of clips, and of descents."""

from collections.abc import Mapping
from fractions import Fraction
from io import RawIOBase
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

CODEC = "libx264"
OPTIONS = {"crf": "18", "preset": "medium", "bf": "0"}
"""Hardly told from the pictures by eye.  Frames in their order: of others, players that do not
read the list of edits would begin late."""
BT709, LIMITED = 1, 1
"""How FFmpeg calls the colors of high definition, and levels from 16 to 235."""


class H264Film:
    """A film on its way into a file.

    Parameters
    ----------
    file : str or file
        Where it is written.
    size : (int, int)
        Width and height of the pictures; see `even`.
    base : Fraction
        Seconds of a unit of time.
    rate : Fraction
        Frames a second, about.
    muxer : mapping of str to str, optional
        Options of FFmpeg's muxer ``mp4``.

    Attributes
    ----------
    container : av.container.OutputContainer
        Sound may be added to it before the first picture.
    """

    def __init__(
        self,
        file: str | RawIOBase,
        size: tuple[int, int],
        base: Fraction,
        rate: Fraction,
        muxer: Mapping[str, str] | None = None,
    ) -> None:
        self.container = av.open(file, "w", format="mp4", options=dict(muxer or {}))
        self.base = base
        self._shown: dict[int, int] = {}
        self._stream = self.container.add_stream(CODEC, rate=rate, options=OPTIONS)
        self._stream.width, self._stream.height = even(size)
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.time_base = base
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED

    def add(self, pixels: Bytes, time: int, duration: int) -> None:
        """Add a picture.

        Parameters
        ----------
        pixels : (H, W, 3) ndarray of uint8
            R, G, B.
        time, duration : int
            When it is shown, behind the one before, and how long; in units of `base`.
        """
        fitted = _fitted(pixels, self._stream.height, self._stream.width)
        frame = av.VideoFrame.from_ndarray(fitted, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.pts, frame.time_base = time, self.base
        self._shown[time] = duration
        self._mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what is missing."""
        self._mux(self._stream.encode(None))
        self.close()

    def close(self) -> None:
        """End the file, whatever is missing."""
        self.container.close()

    def _mux(self, packets: list[Any]) -> None:
        """Write packets, each with its duration: nothing else tells that of the last one."""
        for packet in packets:
            packet.duration = self._shown.pop(packet.pts)
            self.container.mux(packet)


def even(size: tuple[int, int]) -> tuple[int, int]:
    """Return the sides that a film of such pictures has: H.264 has pairs of pixels.

    Examples
    --------
    >>> even((33, 24)), even((16, 1))
    ((32, 24), (16, 2))
    """
    width, height = (max(side - side % 2, 2) for side in size)
    return width, height


def _fitted(pixels: Bytes, height: int, width: int) -> Bytes:
    """Leave out the last row or column where a side is odd; repeat it where there is but one."""
    cut = pixels[:height, :width]
    missing = (height - cut.shape[0], width - cut.shape[1])
    padded = np.pad(cut, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
    return np.ascontiguousarray(padded)
