"""Decoding of a clip, a frame a call: run in a child process, which keeps the file open.

The parent is `backpaint.video.clip`.  Times are whole numbers of the stream's time base.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

import av
import av.subtitles.codeccontext
import av.subtitles.stream  # PyAV imports them late, when no file can be opened any more
import numpy as np

from ...isolation.restrict import forbid_opening
from ...isolation.returned import Refusal
from .cut_short import is_cut_short
from .one_file import OneFile

Answer = tuple[dict[str, Any], list[Any]]

TURNS = {90: 1, 180: 2, 270: 3, -90: 3, -180: 2}
"""Quarter turns to the left that a display matrix asks for."""


class _Open:
    """The open file: what `open_clip` leaves to the calls after it."""

    def __init__(self, path: str, begin: float, end: float | None) -> None:
        self._file = OneFile(path, before=forbid_opening)
        self.container = self._file.container
        if not self.container.streams.video:
            raise Refusal("no moving pictures in it", "a clip")
        self.stream = self.container.streams.video[0]
        self.stream.thread_type = "AUTO"
        self.begin, self.end = begin, end
        self.notes: list[str] = []
        self.frames = self._selected()

    @property
    def is_cut_short(self) -> bool:
        """Whether the file ends before what it names."""
        return is_cut_short(self._file.head, self._file.size, self.stream.index_entries)

    @property
    def time_base(self) -> Fraction:
        return self.stream.time_base or Fraction(1, 1000)

    def seek(self, after: int) -> None:
        """Go on behind a frame."""
        self.container.seek(after, stream=self.stream)
        self.frames = self._selected(after)

    def _selected(self, after: int | None = None) -> Iterator[tuple[int, int, Any]]:
        """Yield time, duration and frame of what lies within the times asked for."""
        origin = self.stream.start_time or 0
        last = -(1 << 62) if after is None else after
        usual = self._usual_duration()
        for frame in self._decoded():
            time = frame.pts if frame.pts is not None else last + usual
            seconds = float((time - origin) * self.time_base)
            if self.end is not None and seconds >= self.end:
                return
            if time > last and seconds >= self.begin:
                last = time
                yield time, frame.duration or usual, frame

    def _decoded(self) -> Iterator[Any]:
        try:
            yield from self.container.decode(self.stream)
        except av.FFmpegError as error:
            raise Refusal(f"a damaged one ({error.strerror})", "a whole clip") from error

    def _usual_duration(self) -> int:
        rate = self.stream.average_rate or Fraction(25)
        return max(1, round(1 / (rate * self.time_base)))


_opened: list[_Open] = []


def open_clip(path: str, begin: float, end: float | None, after: int | None) -> Answer:
    """Open a clip, or open it again behind a frame.

    Parameters
    ----------
    path : str
        A file.
    begin : float
        Seconds from its first frame, of the first frame wanted.
    end : float or None
        Seconds of the first frame that is not wanted any more.
    after : int or None
        Time of a frame that was read already.

    Returns
    -------
    values : dict
        ``time_base`` and ``rate``, two whole numbers each; ``start``, the time of its beginning;
        ``sound``: the name of its codec, or None; ``sound_fits``: whether a film can hold it.
    arrays : list
        Empty.

    Raises
    ------
    Refusal
        If it is no clip.
    """
    _opened.clear()
    try:
        opened = _Open(path, begin, end)
    except av.FFmpegError as error:
        raise Refusal(f"another file, or a damaged one ({error.strerror})", "a clip") from error
    if opened.is_cut_short:
        raise Refusal("one that was cut short", "a whole clip")
    if after is not None:
        opened.seek(after)
    _opened.append(opened)
    rate = opened.stream.average_rate or Fraction(25)
    sound = opened.container.streams.audio
    return {
        "time_base": [opened.time_base.numerator, opened.time_base.denominator],
        "rate": [rate.numerator, rate.denominator],
        "start": opened.stream.start_time or 0,
        "sound": sound[0].codec_context.name if sound else None,
        "sound_fits": bool(sound) and fits(sound[0]),
    }, []


def fits(stream: Any) -> bool:
    """Whether the packets of a stream of sound can be copied into an .mp4 file."""
    try:
        with av.open(io.BytesIO(), "w", format="mp4") as film:
            film.add_stream_from_template(stream)
    except (av.FFmpegError, ValueError):
        return False
    return True


def pass_over(count: int) -> Answer:
    """Decode frames without handing them over.

    Returns
    -------
    values : dict
        ``passed``: how many there were, fewer than `count` at the end; ``time`` of the last, or
        None.
    """
    times = [time for time, _, _ in islice(_opened[0].frames, count)]
    return {"passed": len(times), "time": times[-1] if times else None}, []


def next_frame(most_pixels: int) -> Answer:
    """Decode the next frame, upright.

    Returns
    -------
    values : dict
        ``time``, ``duration`` and ``notes``; empty at the end.
    arrays : list of (H, W, 3) ndarray of uint8
        R, G, B.

    Raises
    ------
    Refusal
        If it is damaged, or larger than `most_pixels`.
    """
    found = next(_opened[0].frames, None)
    if found is None:
        return {}, []
    time, duration, frame = found
    if frame.width * frame.height > most_pixels:
        raise Refusal(
            f"{frame.width} x {frame.height}", f"frames of at most {most_pixels / 1e6:g} megapixels"
        )
    pixels = np.rot90(frame.to_ndarray(format="rgb24"), TURNS.get(frame.rotation, 0))
    values = {"time": time, "duration": duration, "notes": _notes(frame)}
    return values, [np.ascontiguousarray(pixels)]


def _notes(frame: Any) -> list[str]:
    """List what was converted on the way."""
    notes = []
    if frame.rotation in TURNS:
        notes.append("turned upright")
    if max(component.bits for component in frame.format.components) > 8:
        notes.append("more than 8 bits a color read with 8; the brightness of HDR is not mapped")
    if any(component.is_alpha for component in frame.format.components):
        notes.append("opacity ignored")
    return notes
