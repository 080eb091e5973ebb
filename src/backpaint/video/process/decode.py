"""Decoding of a clip, a frame a call: run in a child process, which keeps the file open.

The parent is `backpaint.video.clip`.  Times are whole numbers of the stream's time base.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

import av
import av.subtitles.codeccontext
import av.subtitles.stream  # PyAV imports them late, when no file can be opened any more

from ...isolation.restrict import forbid_opening
from ...isolation.returned import Refusal
from .clock import Clock
from .cut_short import misses_indexed
from .one_file import OneFile, cut_short
from .picture import Form

Answer = tuple[dict[str, Any], list[Any]]

BROADCAST = {"mpegts", "mpeg"}
"""Recordings begin and end anywhere: what cannot be decoded is passed over, and counted."""
JOINED = {"mpegts", "mpeg", "flv", "ogg"}
"""Files that can be several recordings, one behind the other: a stamp may stand for two frames."""
INDEXED = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}
"""Formats in which a time is found without reading all that is before it."""
EARLIER = 2
"""Seconds before a frame that reading goes on from: it may need frames from before its turn."""


@dataclass(frozen=True)
class _Shown:
    """A frame in its turn.

    Attributes
    ----------
    time, duration : int
    frame : av.VideoFrame
    stamp : int or None
        Its own, which can be another than its time: see `Clock`; None where it does not tell which
        frame it is.
    """

    time: int
    duration: int
    frame: Any
    stamp: int | None

    @property
    def place(self) -> list[int | None]:
        """Its time and its stamp."""
        return [self.time, self.stamp]


class _Open:
    """The open file: what `open_clip` leaves to the calls after it."""

    def __init__(self, path: str, begin: float, end: float | None) -> None:
        self.file = OneFile(path, before=forbid_opening)
        self.container = self.file.container
        if not self.container.streams.video:
            raise Refusal("no moving pictures in it", "a clip")
        self.stream = self.container.streams.video[0]
        if self.file.ends_early or misses_indexed(self.stream.index_entries, self.file.size):
            raise cut_short()
        self.stream.thread_type = "AUTO"
        self.begin, self.end = begin, end
        self.form = Form(self.stream)
        self.damaged = 0
        clock = self._clock()
        if begin > EARLIER and self._name in INDEXED:
            self._seek(self.start + round(begin / self.time_base))
        self.frames = self._selected(self._decoded(clock), clock)

    @property
    def time_base(self) -> Fraction:
        return self.stream.time_base or Fraction(1, 1000)

    @property
    def start(self) -> int:
        return self.stream.start_time or 0

    @property
    def _name(self) -> str:
        return str(self.container.format.name)

    def go_on_behind(self, time: int, stamp: int) -> None:
        """Go on behind a frame, which its stamp tells from others."""
        self._seek(stamp)
        self.frames = self._behind(time, stamp)

    def _seek(self, stamp: int) -> None:
        """Go to where a frame can be decoded from."""
        earlier = max(self.start, stamp - round(EARLIER / self.time_base))
        self.container.seek(earlier, stream=self.stream)

    def _selected(self, frames: Iterator[Any], clock: Clock) -> Iterator[_Shown]:
        """Yield what lies within the times asked for."""
        for frame in frames:
            time = clock.time_of(frame)
            seconds = float((time - self.start) * self.time_base)
            if self.end is not None and seconds >= self.end:
                return
            if seconds >= self.begin:
                is_known = not (clock.has_corrected or self._name in JOINED)
                stamp = frame.pts if is_known else None
                yield _Shown(time, frame.duration or self._usual_duration(), frame, stamp)

    def _behind(self, time: int, stamp: int) -> Iterator[_Shown]:
        """Yield what lies behind a frame that is decoded again."""
        clock = self._clock()
        frames = self._decoded(clock)
        for frame in frames:
            if frame.pts == stamp:
                clock.stand_at(time)
                yield from self._selected(frames, clock)
                return
        raise Refusal("a frame that cannot be found again", "a clip that can be gone on with")

    def _decoded(self, clock: Clock) -> Iterator[Any]:
        """Decode, packet by packet."""
        try:
            for packet in self.container.demux(self.stream):
                clock.feed(packet)
                yield from self._frames_of(packet)
        except av.FFmpegError as error:
            raise Refusal(f"a damaged one ({error.strerror})", "a whole clip") from error

    def _frames_of(self, packet: Any) -> list[Any]:
        """Decode a packet; count what is damaged."""
        self.damaged += packet.is_corrupt
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            if self._name not in BROADCAST:
                raise
            frames, self.damaged = [], self.damaged + 1
        self.damaged += sum(frame.is_corrupt for frame in frames)
        return list(frames)

    def _clock(self) -> Clock:
        return Clock(self._name, self.start, self._usual_duration())

    def _usual_duration(self) -> int:
        rate = self.stream.average_rate or Fraction(25)
        return max(1, round(1 / (rate * self.time_base)))


_opened: list[_Open] = []


def open_clip(path: str, begin: float, end: float | None, after: list[int] | None) -> Answer:
    """Open a clip, or open it again behind a frame.

    Parameters
    ----------
    path : str
        A file.
    begin : float
        Seconds from its first frame, of the first frame wanted.
    end : float or None
        Seconds of the first frame that is not wanted any more.
    after : list of int, or None
        The ``place`` of a frame that was read already; it has a stamp.

    Returns
    -------
    values : dict
        ``time_base`` and ``rate``, two whole numbers each; ``start``, the time of its beginning;
        ``sound``: the name of its codec, or None; ``sound_fits``: whether a film can hold it;
        ``sounds``: how many there are; ``ends_within_packet``.
    arrays : list
        Empty.

    Raises
    ------
    Refusal
        If it is no clip, or was cut short.
    """
    _opened.clear()
    try:
        opened = _Open(path, begin, end)
        if after is not None:
            opened.go_on_behind(*after)
    except av.FFmpegError as error:
        raise Refusal(f"another file, or a damaged one ({error.strerror})", "a clip") from error
    _opened.append(opened)
    rate = opened.stream.average_rate or Fraction(25)
    sound = opened.container.streams.audio
    return {
        "time_base": [opened.time_base.numerator, opened.time_base.denominator],
        "rate": [rate.numerator, rate.denominator],
        "start": opened.start,
        "sound": sound[0].codec_context.name if sound else None,
        "sound_fits": bool(sound) and fits(sound[0]),
        "sounds": len(sound),
        "ends_within_packet": opened.file.ends_within_packet,
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
        ``passed``: how many there were, fewer than `count` at the end; ``place`` of the last, and
        the time of its ``end``, or None; ``damaged``: how many packets and frames were, on the way.
    """
    opened, passed, place, end = _opened[0], 0, None, None
    opened.damaged = 0
    for shown in islice(opened.frames, count):
        passed, place, end = passed + 1, shown.place, shown.time + shown.duration
    return {"passed": passed, "place": place, "end": end, "damaged": opened.damaged}, []


def next_frame(most_pixels: int) -> Answer:
    """Decode the next frame, upright.

    Returns
    -------
    values : dict
        ``time``, ``duration``, ``place`` and ``notes``; empty at the end.
    arrays : list of (H, W, 3) ndarray of uint8
        R, G, B.

    Raises
    ------
    Refusal
        If it is damaged, or larger than `most_pixels`.
    """
    opened = _opened[0]
    shown = next(opened.frames, None)
    if shown is None:
        return {}, []
    values = {
        "time": shown.time,
        "duration": shown.duration,
        "place": shown.place,
        "notes": opened.form.notes(shown.frame),
    }
    return values, [opened.form.picture(shown.frame, most_pixels)]
