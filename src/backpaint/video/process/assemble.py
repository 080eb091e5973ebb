"""Assembling of a film, a frame a call: run in a child process, as it reads the sound of a clip.

The parent is `backpaint.video.film`, which writes the file: this process may not.
"""

from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

from .one_file import OneFile
from .patches import Patches

Answer = tuple[dict[str, Any], list[Any]]

CODEC, QUALITY = "libx264", "18"
"""H.264, and its constant rate factor: hardly told from the frames by eye."""
BT709 = 1
"""How FFmpeg calls the colors of high definition."""
LIMITED = 1
"""And levels from 16 to 235."""
EARLY = 1.0
"""Seconds before its first packet where sound is searched: MPEG-TS is only sought roughly."""


class _Sound:
    """Packets of sound, copied as they are."""

    def __init__(self, path: str, film: Any, begin: float, end: float | None) -> None:
        self._container = OneFile(path).container
        stream = self._container.streams.audio[0]
        self._stream = film.add_stream_from_template(stream)
        self._film, self._base = film, stream.time_base
        self._begin, self._end = begin, end
        self._shift = round(begin / self._base)
        if begin > EARLY:
            self._container.seek(round((begin - EARLY) / self._base), stream=stream)
        self._packets = self._container.demux(stream)
        self._waiting: Any = None

    def copy_until(self, seconds: float) -> None:
        """Copy what begins before some time of the film."""
        while (packet := self._next()) is not None:
            begins = float(packet.pts * self._base)
            if begins - self._begin >= seconds or (self._end is not None and begins >= self._end):
                self._waiting = packet
                return
            is_heard = begins + float((packet.duration or 0) * self._base) > self._begin
            if is_heard or begins < 0 >= self._begin:  # coders begin with what nobody hears
                packet.pts, packet.dts = packet.pts - self._shift, packet.dts - self._shift
                packet.stream = self._stream
                self._film.mux(packet)

    def _next(self) -> Any:
        if self._waiting is not None:
            packet, self._waiting = self._waiting, None
            return packet
        return next((one for one in self._packets if None not in (one.dts, one.pts)), None)


class _Film:
    """A film on its way."""

    def __init__(self, size: tuple[int, int], base: Fraction, rate: Fraction) -> None:
        self.file = Patches()
        self.container = av.open(self.file, "w", format="mp4")
        self.base = base
        self.sound: _Sound | None = None
        self.stream = self.container.add_stream(CODEC, rate=rate, options={"crf": QUALITY})
        self.stream.width, self.stream.height = size
        self.stream.pix_fmt = "yuv420p"
        context = self.stream.codec_context
        context.time_base = base
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED

    def add(self, pixels: Any, time: int, duration: int) -> None:
        frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.pts, frame.duration, frame.time_base = time, duration, self.base
        self.container.mux(self.stream.encode(frame))
        if self.sound is not None:
            self.sound.copy_until(float((time + duration) * self.base))

    def finish(self) -> None:
        self.container.mux(self.stream.encode(None))
        self.container.close()

    def patches(self) -> Answer:
        patches = self.file.take()
        return {"offsets": [offset for offset, _ in patches]}, [data for _, data in patches]


_films: list[_Film] = []


def begin_film(
    size: list[int], base: list[int], rate: list[int], sound: str | None, begin: float,
    end: float | None,
) -> Answer:  # fmt: skip
    """Begin a film.

    Parameters
    ----------
    size : list of int
        Width and height, even.
    base, rate : list of int
        Of times, and of frames a second: two whole numbers each.
    sound : str or None
        The clip whose sound is copied.
    begin : float
        Seconds where the film begins, in the clip's own times, which need not begin at 0.
    end : float or None
        And ends.

    Returns
    -------
    values : dict
        ``offsets`` in the file to be written, one for each array.
    arrays : list of bytes
    """
    film = _Film((size[0], size[1]), Fraction(*base), Fraction(*rate))
    if sound is not None:
        film.sound = _Sound(sound, film.container, begin, end)
    _films[:] = [film]
    return film.patches()


def add_frame(path: str, time: int, duration: int) -> Answer:
    """Add a picture's file; the last row or column is left out where the size is odd."""
    film = _films[0]
    with Image.open(path, formats=["PNG"]) as image:
        pixels = np.asarray(image.convert("RGB"))
    height, width = film.stream.height, film.stream.width
    film.add(np.ascontiguousarray(pixels[:height, :width]), time, duration)
    return film.patches()


def finish_film() -> Answer:
    """Write what is missing."""
    _films[0].finish()
    return _films[0].patches()
