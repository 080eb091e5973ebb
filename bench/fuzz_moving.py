"""The true files of `fuzz_clips`: a quarter of a second of many containers and codecs."""

import io
import os
import tempfile
from fractions import Fraction
from functools import cache, partial
from pathlib import Path

os.environ["SVT_LOG"] = "0"

import av
import fuzz_pictures
import numpy as np
from fuzz_files import written_elsewhere

WIDTH, HEIGHT, COUNT = 64, 64, 6  # smaller frames corrupt the memory of x265 4.2
RATE, SAMPLES = 25, 48_000
"""Frames and samples of sound a second."""

MADE_OF = {
    "MP4": (
        ("mp4", "libx264", "aac"),
        ("mp4", "mpeg4", None),
        ("mov", "mjpeg", "pcm_s16le"),
        ("mov", "qtrle", None),
        ("mp4", "libx265", "aac"),
        ("mov", "prores", None),
        ("mp4", "libsvtav1", None),
    ),
    "Matroska": (
        ("matroska", "libx264", "aac"),
        ("webm", "libvpx", "libopus"),
        ("webm", "libvpx-vp9", None),
        ("matroska", "mjpeg", "flac"),
        ("matroska", "ffv1", None),
    ),
    "AVI": (
        ("avi", "mpeg4", "libmp3lame"),
        ("avi", "mjpeg", "pcm_s16le"),
        ("avi", "rawvideo", None),
        ("avi", "huffyuv", None),
        ("avi", "msmpeg4", None),
    ),
    "MPEG-TS": (("mpegts", "libx264", "aac"), ("mpegts", "mpeg2video", "mp2")),
    "others": (
        ("yuv4mpegpipe", "rawvideo", None),
        ("flv", "flv", "libmp3lame"),
        ("asf", "wmv2", None),
        ("nut", "ffv1", "pcm_s16le"),
        ("mpeg", "mpeg1video", "mp2"),
        ("ivf", "libvpx", None),
        ("mxf", "mpeg2video", "pcm_s16le"),
        ("h264", "libx264", None),
        ("hevc", "libx265", None),
        ("m4v", "mpeg4", None),
        ("mpeg1video", "mpeg1video", None),
    ),
}
"""Containers, codecs of pictures, and of sound, by the name of a row."""

LAYOUTS = {
    "mjpeg": "yuvj420p",
    "qtrle": "rgb24",
    "huffyuv": "yuv422p",
    "prores": "yuv422p10le",
    "zmbv": "rgb24",
}
"""Of pixels, where it is not the usual one."""


def kinds():
    """List the rows."""
    return [*MADE_OF, "GIF", "APNG"]


@cache
def seeds(kind):
    """List true files of a kind; what this FFmpeg cannot write is left out, and told."""
    if kind == "GIF":
        return fuzz_pictures.seeds("GIF")
    if kind == "APNG":
        return [content for content in fuzz_pictures.seeds("PNG") if b"acTL" in content]
    with tempfile.TemporaryDirectory() as folder:
        return [*written_elsewhere(partial(_write_all, kind), Path(folder)).values()]


def _write_all(kind, folder):
    for number, made_of in enumerate(MADE_OF[kind]):
        try:
            (folder / f"{number:02}").write_bytes(_written(*made_of))
        except (av.FFmpegError, ValueError) as error:
            os.write(1, f"{kind}: no {' with '.join(filter(None, made_of))}: {error}\n".encode())


def _written(container, codec, sound):
    packed = io.BytesIO()
    with av.open(packed, "w", format=container) as file:
        quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        stream = file.add_stream(codec, rate=RATE, options=quiet)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = LAYOUTS.get(codec, "yuv420p")
        tone = file.add_stream(sound, rate=SAMPLES, layout="stereo") if sound else None
        pixels = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(np.roll(pixels, number, 1), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            file.mux(stream.encode(frame))
            if tone is not None:
                file.mux(tone.encode(_tone(number)))
        for one in filter(None, (stream, tone)):
            file.mux(one.encode(None))
    return packed.getvalue()


def _tone(number):
    """A frame's length of sound."""
    count = SAMPLES // RATE
    wave = np.sin(np.arange(count * number, count * (number + 1)) / 20, dtype=np.float32)
    piece = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
    piece.sample_rate, piece.pts, piece.time_base = SAMPLES, count * number, Fraction(1, SAMPLES)
    return piece
