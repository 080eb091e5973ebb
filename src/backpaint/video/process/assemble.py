"""Assembling of a film, a frame a call: run in a child process, as it reads the sound of a clip.

The parent is `backpaint.video.film`, which writes the file: this process may not.
"""

from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from ...isolation.returned import Refusal
from .h264 import H264Film
from .one_file import OneFile
from .patches import Patches

Answer = tuple[dict[str, Any], list[Any]]

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
    """A film on its way, with its sound."""

    def __init__(self, size: tuple[int, int], base: Fraction, rate: Fraction) -> None:
        self.file = Patches()
        self.pictures = H264Film(self.file, size, base, rate)
        self.sound: _Sound | None = None

    def add(self, pixels: Any, time: int, duration: int) -> None:
        self.pictures.add(pixels, time, duration)
        if self.sound is not None:
            self.sound.copy_until(float((time + duration) * self.pictures.base))

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
        Width and height of the pictures.
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
        film.sound = _Sound(sound, film.pictures.container, begin, end)
    _films[:] = [film]
    return film.patches()


def add_frame(path: str, time: int, duration: int) -> Answer:
    """Add a picture's file.

    Raises
    ------
    Refusal
        If there is none, or it cannot be read.
    """
    try:
        with Image.open(path, formats=["PNG"]) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError):  # Pillow's, of damaged files
        raise Refusal("none that can be read", "a painted frame") from None
    _films[0].add(pixels, time, duration)
    return _films[0].patches()


def finish_film() -> Answer:
    """Write what is missing."""
    _films[0].pictures.finish()
    return _films[0].patches()
