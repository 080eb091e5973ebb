"""Films as files: GIF and WebP by Pillow, MP4 by PyAV."""

from collections.abc import Callable, Sequence
from contextlib import closing
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import RunError
from ..whole_file import whole_file
from .reel import Frames, LazyFrames, every
from .spacing import RATE, TICK

MILLISECONDS = 1000 // TICK
"""Of a tick."""
PALETTE_FROM, SAMPLE = 9, 128
"""Frames from which the colors of a GIF are taken, and pixels of their sides."""
PLAYED_AT_ONCE = {"movflags": "+faststart"}
"""The table of frames comes first, so that a page plays the film while it loads."""


def write_film(path: str | Path, frames: Frames, ticks: Sequence[int]) -> None:
    """Write a film; a file that was there before is replaced at once or stays as it was.

    Parameters
    ----------
    path : str or Path
        Its extension chooses the format.
    frames : sequence of callable
        Each returns an RGB image; all of one size.
    ticks : sequence of int
        How long each is shown.

    Raises
    ------
    RunError
        If writing fails.
    """
    write = {".gif": _write_gif, ".webp": _write_webp, ".mp4": _write_mp4}
    try:
        with whole_file(path) as part:
            write[Path(path).suffix.lower()](part, frames, ticks)
    except ValueError as error:  # a limit of the format
        raise RunError(f"{path} could not be written: {error}") from error


def _write_webp(part: Path, frames: Frames, ticks: Sequence[int]) -> None:
    shown = [MILLISECONDS * tick for tick in ticks]
    LazyFrames(frames).save(
        part, "WEBP", save_all=True, duration=shown, loop=0, quality=82, method=4
    )


def _write_gif(part: Path, frames: Frames, ticks: Sequence[int]) -> None:
    """Write all frames with one palette: with one each, still parts would flicker."""
    palette = _palette(frames)
    few = [partial(_reduced, frame, palette) for frame in frames]
    shown = [MILLISECONDS * tick for tick in ticks]
    LazyFrames(few).save(part, "GIF", save_all=True, duration=shown, loop=0)


def _reduced(frame: Callable[[], Image.Image], palette: Image.Image) -> Image.Image:
    return frame().quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def _palette(frames: Frames) -> Image.Image:
    """Find the 256 colors that are best for some frames together."""
    chosen = [*every(len(frames), PALETTE_FROM)]
    mosaic = Image.new("RGB", (SAMPLE * len(chosen), SAMPLE))
    for place, number in enumerate(chosen):
        sample = frames[number]().resize((SAMPLE, SAMPLE), Image.Resampling.NEAREST)
        mosaic.paste(sample, (SAMPLE * place, 0))
    return mosaic.quantize(256, kmeans=3)


def _write_mp4(part: Path, frames: Frames, ticks: Sequence[int]) -> None:
    """Write H.264 with the times of the other formats."""
    import av

    from ..video.process.h264 import H264Film

    unit, begin = Fraction(1, TICK), 0
    try:
        film = H264Film(str(part), frames[0]().size, unit, Fraction(RATE), PLAYED_AT_ONCE)
        with closing(film):
            for frame, shown in zip(frames, ticks, strict=True):
                film.add(np.asarray(frame()), begin, shown)
                begin += shown
            film.finish()
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
