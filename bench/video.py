"""Measure how much painted frames of clips with a known motion agree, and what that costs.

    python bench/video.py                      # both clips, 60 frames: docs/video.md's tables
    python bench/video.py --clips pan --ways alone 0.2 --frames 10 --pictures /tmp/video

The temporal error is the root mean square difference between a painted frame and the one before it,
moved by the *true* motion, over pixels that both show, in levels 0 to 255.  The return error is
that between what comes back from behind something, and how it looked before.  The loss is that of
content and style, of frames in one pass as well.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import video_report
from PIL import Image
from video_clips import KnownClip, moving, pan

from backpaint import CPU
from backpaint.cpu.stylization.networks import CPUNetworks
from backpaint.examples import example_path
from backpaint.images import read_image
from backpaint.painting.control import Control
from backpaint.painting.session import open_session
from backpaint.presets import recipe
from backpaint.problem.pixels import to_variable
from backpaint.stylization.one_pass import read_style
from backpaint.video.descent import DescentPainter, PaintedFrame
from backpaint.video.flow.choose import Flow, choose_flow
from backpaint.video.flow.frame import Frame
from backpaint.video.flow.warp import Float64
from backpaint.video.given import parse_distances
from backpaint.video.memory import Memory, Painter
from backpaint.video.one_pass import OnePassPainter
from backpaint.video.way import descent_painter

CLIPS = {"pan": pan, "object": moving}
WAYS = {
    "pan": ["fast:alone", "fast:0.2", "fast:1", "fast:4", "alone", "0", "0.2", "1"],
    "object": [
        *("fast:alone", "fast:0.2", "fast:1", "fast:1:1,10,20", "fast:4"),
        *("alone", "0", "0.2", "0.2:1,10,20", "1"),
    ],
}
COLUMNS = 10
"""Frames side by side in a sheet."""
SHALLOW = {
    "style.layers": dict.fromkeys(("relu1_1", "relu2_1", "relu3_1"), 1 / 3),
    "content.layers": {"relu3_1": 1.0},
}
"""A quarter of the work: what 60 frames are painted with."""


@dataclass(frozen=True)
class Way:
    """How a clip is painted.

    Attributes
    ----------
    name : str
    fast : bool
        In one pass.
    stability : float or None
        None: each frame alone.
    look_back : tuple of int
    """

    name: str
    fast: bool
    stability: float | None
    look_back: tuple[int, ...]


def parse_way(name: str) -> Way:
    """Read a way: ``[fast:]alone``, ``[fast:]0.2`` or ``[fast:]0.2:1,10,20``."""
    rest = name.removeprefix("fast:")
    stability, _, look_back = rest.partition(":")
    number = None if stability == "alone" else float(stability)
    return Way(name, rest != name, number, parse_distances(look_back or "1"))


@dataclass
class KeptFlow:
    """Computes each flow of a clip once, whatever way it is painted."""

    flow: Flow
    kept: dict[tuple[int, int], Float64]

    def __call__(self, here: Frame, there: Frame) -> Float64:
        pair = here.number, there.number
        if pair not in self.kept:
            self.kept[pair] = self.flow(here, there)
        return self.kept[pair]


class Studio:
    """Whoever paints a clip, in any way."""

    def __init__(self, clip: KnownClip, args: argparse.Namespace) -> None:
        first, self._rest = map(int, args.iterations.split(","))
        self._iterations = first, self._rest
        changes = {"optimizer.iterations": first} | (SHALLOW if args.layers == "shallow" else {})
        made = recipe("gatys", size=args.size, changes=changes)
        style = example_path("swirls")
        engine = CPU(threads=args.threads)
        self._session = open_session(clip.frames[0].pixels, style, made, engine=engine)
        self._judge = self._session.build()
        self._networks = CPUNetworks(args.threads)
        self._numbers = read_style(self._networks, read_image(style).pixels)
        self._clip, self._flow = clip, KeptFlow(choose_flow(args.flow, fast=False), {})

    def paint(self, way: Way) -> Iterator[PaintedFrame]:
        """Paint the clip; each frame's facts have its loss and its share of trusted pixels."""
        painter, memory = self._painter(way), Memory(way.look_back)
        for frame in self._clip.frames:
            guide = None if way.stability is None else memory.guide(frame, self._flow)
            if way.stability is None and frame.number == 2 and isinstance(painter, DescentPainter):
                painter.iterations = self._rest, self._rest
            painted = painter.paint(frame, guide, Control())
            memory.remember(frame, painted)
            if way.fast:
                painted.facts["loss"] = self._loss(frame, painted)
            painted.facts["trusted"] = 0.0 if guide is None else guide.wanted[0].mask.mean()
            yield painted

    def _painter(self, way: Way) -> Painter:
        stability = way.stability or 0.0
        if way.fast:
            return OnePassPainter(self._networks, self._numbers, stability)
        return descent_painter(self._session, self._iterations, stability)

    def _loss(self, frame: Frame, painted: PaintedFrame) -> float:
        """Compute what a descent would have made smaller."""
        objective = self._judge.with_content(frame.pixels)
        loss, _ = objective(to_variable(painted.seen, objective.problem.recipe.variable).ravel())
        return float(loss)


def measure(studio: Studio, clip: KnownClip, way: Way) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Paint a clip; return what was measured, and the pictures."""
    frames = list(studio.paint(way))
    pictures = [frame.shown for frame in frames]
    facts = [frame.facts for frame in frames]
    returns = clip.return_error(pictures)
    row = {
        "errors": [float(f"{error:.4g}") for error in clip.errors(pictures)],
        "losses": [float(f"{fact['loss']:.4g}") for fact in facts],
        "detail": float(f"{np.mean([detail(picture) for picture in pictures]):.4g}"),
        "return": None if returns is None else float(f"{returns:.4g}"),
        "evaluations": sum(fact["evaluations"] for fact in facts),
        "trusted": float(f"{np.mean([fact['trusted'] for fact in facts[1:]]):.4g}"),
    }
    return row, pictures


def detail(picture: np.ndarray) -> float:
    """Return the root mean square difference between neighbors, in levels: less where blurred."""
    squares = [np.mean(np.diff(picture, axis=axis) ** 2) for axis in (0, 1)]
    return float(np.sqrt(np.mean(squares)))


def write_sheet(pictures: list[np.ndarray], path: Path) -> None:
    """Write all frames side by side, some in a row."""
    blank = np.zeros_like(pictures[0])
    cells = pictures + [blank] * (-len(pictures) % COLUMNS)
    rows = [np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.vstack(rows).astype(np.uint8)).save(path)


def main() -> None:
    """Paint both clips in several ways, and write figures and tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", nargs="+", default=list(CLIPS), choices=CLIPS)
    parser.add_argument("--ways", nargs="+", help="such as alone 0.2 0.2:1,10,20 fast:1")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--size", type=int, default=72)
    parser.add_argument("--iterations", default="20,8")
    parser.add_argument("--layers", default="shallow", choices=("shallow", "all"))
    parser.add_argument("--flow", default="tvl1")
    parser.add_argument(
        "--threads", type=int, help="of the engine cpu; figures do not depend on it"
    )
    parser.add_argument("--pictures", type=Path, help="a folder for sheets of all frames")
    args = parser.parse_args()
    setup = (
        f"{args.frames} frames of {args.size}, {args.layers} layers, iterations {args.iterations}, "
        f"flow {args.flow}"
    )
    for name in args.clips:
        clip = CLIPS[name](args.frames, args.size)
        studio = Studio(clip, args)
        for way in map(parse_way, args.ways or WAYS[name]):
            row, pictures = measure(studio, clip, way)
            video_report.keep(setup, name, way.name, row)
            print(
                json.dumps({"clip": name, "way": way.name} | video_report.summary(row)), flush=True
            )
            if args.pictures is not None:
                file = f"{name}_{way.name.replace(':', '_')}.png"
                write_sheet(pictures, args.pictures / file)


if __name__ == "__main__":
    main()
