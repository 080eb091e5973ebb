"""Tiny clips with a known motion, in memory and as files."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from backpaint.examples import example_path
from backpaint.images import read_image, resize
from backpaint.video.flow.frame import Frame

BASE, DURATION = Fraction(1, 30000), 1001
STEP = (3, 1)


@cache
def scene(height=60, width=90):
    return resize(read_image(example_path("cat")).pixels, height, width).clip(0, 255)


def pan(count, size=32):
    picture = scene()
    return [
        Frame(i + 1, picture[i * STEP[1] :][:size, i * STEP[0] :][:, :size].copy())
        for i in range(count)
    ]


def known_flow(here, there):
    """Give the true flow between two frames of the pan."""
    steps = here.number - there.number
    return np.broadcast_to(np.array(STEP, float) * steps, (*here.pixels.shape[:2], 2))


def moving_square(count=2, size=40, side=14, step=4):
    """Move a bright square to the right; give frames, flows back and forth, and what is where."""
    rng = np.random.default_rng(0)
    ground, thing = rng.uniform(0, 120, (size, size, 3)), rng.uniform(150, 255, (side, side, 3))
    frames, places = [], []
    for i in range(count):
        pixels, place = ground.copy(), np.zeros((size, size), bool)
        place[12 : 12 + side, 6 + step * i : 6 + step * i + side] = True
        pixels[place] = thing.reshape(-1, 3)
        frames.append(Frame(i + 1, pixels))
        places.append(place)
    return frames, places, step


def write_clip(path, count=6, size=(32, 24), sound=True, late=None, rate=8000):
    """Write a clip of the pan with a tone; the frame `late` lasts three times as long."""
    av = pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=1 / (BASE * DURATION), options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = BASE
        tone = file.add_stream("aac", rate=rate, layout="mono") if sound else None
        time = 0
        for frame in pan(count, max(size)):
            pixels = frame.pixels[: size[1], : size[0]].round().astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24")
            picture.pts, picture.time_base = time, BASE
            time += DURATION * (3 if frame.number == late else 1)
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
        for begin in range(0, int(rate * time * BASE) if sound else 0, 1024):
            wave = np.sin(np.arange(begin, begin + 1024) / 5, dtype=np.float32)[np.newaxis]
            piece = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
            piece.sample_rate, piece.pts = rate, begin
            file.mux(tone.encode(piece))
        if sound:
            file.mux(tone.encode(None))
    return path


def read_clip(path):
    """Give the times, durations and pixels of frames, and the packets of sound with theirs."""
    import av

    with av.open(str(path)) as file:
        frames = [
            (frame.pts * frame.time_base, frame.to_ndarray(format="rgb24"))
            for frame in file.decode(file.streams.video[0])
        ]
    with av.open(str(path)) as file:
        packets = [
            (packet.pts * packet.time_base, bytes(packet))
            for packet in (file.demux(file.streams.audio[0]) if file.streams.audio else ())
            if packet.size
        ]
    return frames, packets
