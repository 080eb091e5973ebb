"""Count how much of what two frames show is trusted, and how much is that they do not show.

    python bench/video_trust.py             # a table, for docs/video.md

The clips are those of `bench/video.py`, whose motion is known.  A flow is right within three
quarters of a pixel.
"""

import argparse

import numpy as np
from video_clips import KnownClip, moving, pan

from backpaint.video.flow.borders import sharpen
from backpaint.video.flow.choose import choose_flow
from backpaint.video.flow.guide import Painted, guide
from backpaint.video.flow.trust import on_border, visible

CLIPS = {"a thing moves 5 and 1 a frame": moving, "pan, 4 right and 2 down a frame": pan}
RIGHT = 0.75
"""Pixels; a painting that is moved by less than that away looks the same."""
HEAD = """| clip | flow right, of the library | sharpened | trusted by the flows alone \
| trusted | wrongly | begins as painted |
|---|---:|---:|---:|---:|---:|---:|"""


def shares(clip: KnownClip, index: int) -> list[float]:
    """Return the table's numbers for a frame, as shares of what it and the one before show."""
    frame, before = clip.frames[index], clip.frames[index - 1]
    flow = choose_flow("tvl1", fast=False)
    kept = {(here, there): flow(here, there) for here, there in ((frame, before), (before, frame))}
    back, forth = (
        sharpen(kept[frame, before], frame, before),
        sharpen(kept[before, frame], before, frame),
    )
    known = clip.known[index]
    found = guide(frame, [Painted(before, before.pixels)], lambda here, there: kept[here, there])
    masks = [
        *(_is_right(one, clip.back[index]) for one in (kept[frame, before], back)),
        visible(back, forth) & ~on_border(back),
        found.wanted[0].mask,
    ]
    of_known = [float(mask[known].mean()) for mask in masks]
    wrongly = float((found.wanted[0].mask & ~known).sum() / known.sum())
    return [*of_known, wrongly, float(found.shown[known].mean())]


def _is_right(flow: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(flow - true).max(axis=-1) < RIGHT)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--size", type=int, default=72)
    args = parser.parse_args()
    print(HEAD)
    for name, make in CLIPS.items():
        clip = make(args.frames, args.size)
        rows = [shares(clip, index) for index in range(1, args.frames)]
        cells = " | ".join(f"{100 * share:.1f} %" for share in np.mean(rows, axis=0))
        print(f"| {name} | {cells} |")


if __name__ == "__main__":
    main()
