"""Clips that are one file: FFmpeg is handed the open file, and can reach no other.

By its name, FFmpeg takes a text for a playlist of files, and ``p%d.png`` for all of p1.png, p2.png.
"""

import os
from collections.abc import Callable
from errno import EINVAL
from pathlib import Path
from typing import IO, Any

import av

from ...isolation.returned import Refusal
from ...regular_file import open_regular
from .cut_short import HEAD, ends_early, ends_within_packet

FORMATS = (
    *("mov", "mp4", "matroska", "webm", "avi", "asf", "flv", "ogg", "nut", "mxf", "dv"),
    *("mpeg", "mpegts", "mpegvideo", "m4v", "h264", "hevc", "av1", "obu", "ivf", "yuv4mpegpipe"),
    *("gif", "apng"),
)
"""Demuxers that read one file: no playlist (concat, hls, dash, sdp), no row of pictures."""
CONFINED = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": ""}
"""What FFmpeg is told: these formats, and no protocol at all, so no file, pipe or network."""


class OneFile:
    """A clip, open for reading.

    Parameters
    ----------
    path : str or Path
    before : callable, optional
        Called when the file is open, and FFmpeg has not seen it.

    Attributes
    ----------
    container : av.container.InputContainer
    size : int
        Bytes.
    ends_early : bool
        Whether it says that there are more.
    ends_within_packet : bool
        Whether its end is that of no packet, where it does not say how many bytes there are.

    Raises
    ------
    OSError
        If it is no file, or cannot be opened; `av.FFmpegError` is one, of a damaged clip.
    Refusal
        If it is of a format that reaches other files, or of none that is known.
    """

    def __init__(self, path: str | Path, before: Callable[[], None] | None = None) -> None:
        self._file = open_regular(path)
        self.size = os.fstat(self._file.fileno()).st_size
        head = self._file.read(HEAD)
        self.ends_early = ends_early(self._file)
        self.ends_within_packet = ends_within_packet(head, self.size)
        try:
            if before is not None:
                before()
            self.container = av.open(
                _Nameless(self._file), mode="r", container_options=CONFINED, io_open=_refuse
            )
        except av.FFmpegError as error:
            self._file.close()
            if self.ends_early:
                raise cut_short() from error
            if error.errno == EINVAL:
                raise _other_format() from error
            raise
        except BaseException:
            self._file.close()
            raise


class _Nameless:
    """A file without a name: FFmpeg would read a pattern in it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _refuse(url: str, flags: int, options: dict[str, str]) -> Any:
    """Open nothing that a file names."""
    raise PermissionError(f"a clip may not open another file: {url}")


def cut_short() -> Refusal:
    """Return what refuses a clip that ends early."""
    return Refusal("one that was cut short", "a whole clip")


def _other_format() -> Refusal:
    return Refusal(
        "a playlist, a picture, or a format that may reach other files",
        "a clip in one file such as .mp4, .mov, .mkv, .webm, .avi or .ts",
    )
