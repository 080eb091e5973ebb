"""Films as files: GIF and WebP by Pillow, MP4 by PyAV."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import RunError
from ..whole_file import whole_file
from .reel import Bytes, Frames, LazyFrames, every
from .spacing import RATE, TICK

MILLISECONDS = 1000 // TICK
"""Of a tick."""
PALETTE_FROM, SAMPLE = 9, 128
"""Frames from which the colors of a GIF are taken, and pixels of their sides."""
H264 = {"crf": "18", "preset": "medium", "bf": "0"}
"""Visually lossless for most.  Frames in their order: a file of others tells a wrong length."""
BT709 = 1
"""The number of ITU-R BT.709 in a stream's color properties."""


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
    """Write H.264 with the times of the other formats; a last row or column that is odd goes.

    A side of one pixel becomes two: H.264 has pairs.
    """
    import av

    try:
        with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as file:
            stream = file.add_stream("libx264", rate=RATE, options=H264)
            first = frames[0]()
            stream.width, stream.height = (max(side // 2 * 2, 2) for side in first.size)
            stream.pix_fmt = "yuv420p"
            coder = stream.codec_context
            coder.time_base = Fraction(1, TICK)
            coder.colorspace = coder.color_primaries = coder.color_trc = BT709
            # once more before the end: nothing else says how long the last one is shown
            begins = [sum(ticks[:place]) for place in range(len(ticks))]
            last = sum(ticks) - TICK // RATE
            for number, begin in [*enumerate(begins), (len(ticks) - 1, last)]:
                pixels = _cut(frames[number](), stream.height, stream.width)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame = frame.reformat(format="yuv420p", dst_colorspace="itu709")
                frame.pts, frame.time_base = begin, coder.time_base
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


def _cut(picture: Image.Image, height: int, width: int) -> Bytes:
    """Return the pixels of the upper left; what lacks there repeats the last row or column."""
    pixels = np.asarray(picture)[:height, :width]
    missing = (height - pixels.shape[0], width - pixels.shape[1])
    return np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
