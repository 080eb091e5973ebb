"""Measure how much painted frames of clips with a known motion agree, and what that costs.

    python bench/video.py                      # both clips, 10 frames: docs/video.md's table
    python bench/video.py --clips pan --ways alone,1 --pictures /tmp/video

A pan over the cat, and a piece of the astronaut that moves before the cat; both with a sensor's
noise.  The temporal error is the root mean square difference between a painted frame and the one
before it, moved by the *true* motion, over pixels that both show, in levels 0 to 255.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from backpaint.examples import example_path
from backpaint.images import read_image, resize
from backpaint.painting.control import Control
from backpaint.painting.session import open_session
from backpaint.presets import recipe
from backpaint.video.flow.choose import choose_flow
from backpaint.video.flow.frame import Frame
from backpaint.video.flow.warp import warp
from backpaint.video.memory import Memory
from backpaint.video.plan import descent_painter

NOISE = 2.0
"""Levels, of the camera."""


@dataclass(frozen=True, eq=False)
class KnownClip:
    """Frames, and for each the way back to the one before and where that is known."""

    frames: list[Frame]
    back: list[np.ndarray]
    known: list[np.ndarray]

    def error(self, painted: list[np.ndarray]) -> float:
        """Root mean square difference from the frame before, moved by the true motion."""
        errors = [
            np.sqrt(np.mean((painted[i] - warp(painted[i - 1], self.back[i]))[self.known[i]] ** 2))
            for i in range(1, len(painted))
        ]
        return float(np.mean(errors))


def pan(count: int, size: int, step: tuple[int, int] = (4, 2)) -> KnownClip:
    """Move a window over the cat."""
    height = size + step[1] * count
    width = max(size + step[0] * count, height * 451 // 300 + 1)
    scene = resize(read_image(example_path("cat")).pixels, max(height, width * 300 // 451), width)
    cuts = [
        scene[step[1] * i : step[1] * i + size, step[0] * i : step[0] * i + size]
        for i in range(count)
    ]
    back = np.broadcast_to(np.array(step, float), (size, size, 2))
    y, x = np.mgrid[:size, :size]
    known = (x + step[0] < size) & (y + step[1] < size)
    return KnownClip(noisy(cuts), [back] * count, [known] * count)


def moving(count: int, size: int, step: tuple[int, int] = (5, 1)) -> KnownClip:
    """Move a piece of the astronaut before the cat."""
    scene = resize(read_image(example_path("cat")).pixels, size, size * 451 // 300)[:, :size]
    side = size * 7 // 20
    thing = resize(read_image(example_path("astronaut")).pixels[:256, 96:352], side, side)
    cuts, back, known = [], [], []
    before = np.zeros((size, size), bool)
    for i in range(count):
        y, x = size // 5 + step[1] * i, size // 8 + step[0] * i
        here, cut = np.zeros((size, size), bool), scene.copy()
        here[y : y + side, x : x + side] = True
        cut[here] = thing.reshape(-1, 3)
        cuts.append(cut)
        back.append(np.where(here[..., np.newaxis], -np.array(step, float), 0.0))
        known.append(here | ~before)
        before = here
    return KnownClip(noisy(cuts), back, known)


def noisy(cuts: list[np.ndarray]) -> list[Frame]:
    rng = np.random.default_rng(0)
    noise = (rng.normal(0, NOISE, cut.shape) for cut in cuts)
    pairs = zip(cuts, noise, strict=True)
    return [Frame(i, np.clip(cut + n, 0, 255)) for i, (cut, n) in enumerate(pairs, start=1)]


CLIPS = {"pan": pan, "object": moving}


def paint(clip: KnownClip, way: str, args: argparse.Namespace) -> Iterator[tuple[Any, float]]:
    """Paint a clip ``alone`` or at a stability; yield frames and their trusted shares."""
    first, rest = map(int, args.iterations.split(","))
    made = recipe("gatys", size=args.size, changes={"optimizer.iterations": first})
    session = open_session(clip.frames[0].pixels, example_path("swirls"), made, engine=args.engine)
    alone = way == "alone"
    painter = descent_painter(session, (first, rest), 0.0 if alone else float(way))
    flow, memory = choose_flow(args.flow, fast=False), Memory(map(int, args.look_back.split(",")))
    for frame in clip.frames:
        if alone and frame.number == 2:
            painter.iterations = (rest, rest)
        guide = None if alone else memory.guide(frame, flow)
        painted = painter.paint(frame, guide, Control())
        memory.remember(frame, painted)
        yield painted, 1.0 if guide is None else float(guide.wanted[0].mask.mean())


def measure(name: str, clip: KnownClip, way: str, args: argparse.Namespace) -> dict[str, Any]:
    begin = time.process_time()
    frames, shares = zip(*paint(clip, way, args), strict=True)
    if args.pictures is not None:
        args.pictures.mkdir(parents=True, exist_ok=True)
        strip = np.concatenate([frame.shown for frame in frames], axis=1).astype(np.uint8)
        Image.fromarray(strip).save(args.pictures / f"{name}_{way}.png")
    return {
        "clip": name,
        "way": way,
        "error": clip.error([frame.shown for frame in frames]),
        "loss": float(np.mean([frame.facts["loss"] for frame in frames[1:]])),
        "evaluations": sum(frame.facts["evaluations"] for frame in frames),
        "trusted": float(np.mean(shares[1:])),
        "seconds": time.process_time() - begin,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", default="pan,object")
    parser.add_argument("--ways", default="alone,0,1")
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--iterations", default="20,8")
    parser.add_argument("--look-back", default="1")
    parser.add_argument("--flow", default="tvl1")
    parser.add_argument("--engine", default="cpu")
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    for name in args.clips.split(","):
        clip = CLIPS[name](args.frames, args.size)
        for way in args.ways.split(","):
            print(json.dumps(measure(name, clip, way, args)), flush=True)


if __name__ == "__main__":
    main()
