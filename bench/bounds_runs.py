"""The worst files of `bounds` that are no weights: clips, flows, masks, checkpoints and texts."""

import struct
import zipfile
import zlib

import numpy as np
from harm.clips import repeated_frame
from harm.pictures import png
from structures import boxes

from backpaint.batch.pictures import find_pictures
from backpaint.checkpoint.contents import read_checkpoint
from backpaint.masks import Masks, settle
from backpaint.masks.picture import mask_of
from backpaint.presets import load_preset
from backpaint.safetensors_header import header_bytes
from backpaint.vectors import read_vectors
from backpaint.video.clip import Clip
from backpaint.video.flow.flo_file import MAGIC, read_flo

SIDE = 2_000
"""Of a painted frame, pixels."""
LARGE = 10_000
"""Of the largest picture that is read."""


def flow(path):
    numbers = np.zeros((SIDE, SIDE, 2), "<f4")
    path.write_bytes(MAGIC + struct.pack("<2i", SIDE, SIDE) + numbers.tobytes())


def read_flow(path):
    read_flo(path, (SIDE, SIDE))


def count(path):
    clip = Clip(str(path))
    try:
        clip.count()
    finally:
        clip.close()


def first_frame(path):
    clip = Clip(str(path))
    try:
        next(clip.frames())
    finally:
        clip.close()


def large_frame(path):
    """One frame of 100 megapixels, as raw planes of one gray."""
    start = f"YUV4MPEG2 W{LARGE} H{LARGE} F25:1 Cmono\nFRAME\n".encode()
    path.write_bytes(start + bytes(LARGE * LARGE))


def endless(path):
    """More frames than a clip may have, of four pixels each."""
    path.write_bytes(b"YUV4MPEG2 W2 H2 F25:1 Cmono\n" + (b"FRAME\n" + bytes(4)) * 1_000_201)


def repeated(path):
    """A hundred thousand frames, all at one place of the file."""
    from fuzz_moving import seeds

    path.write_bytes(repeated_frame(boxes.cut(seeds("MP4")[1])))


def stripes(path):
    """A map of sixteen colors and 100 megapixels."""
    levels = np.array([(r, g, b) for r in (0, 85, 170, 255) for g in (0, 255) for b in (0, 255)])
    row = np.repeat(levels, LARGE // 16, axis=0).astype(np.uint8).tobytes()
    png_of(path, row)


def gray(path):
    png_of(path, bytes(3 * LARGE))


def png_of(path, row):
    packer = zlib.compressobj(6)
    data = b"".join(packer.compress(b"\0" + row) for _ in range(LARGE)) + packer.flush()
    path.write_bytes(png(LARGE, LARGE, data))


def read_map(path):
    """Take it for the map of a painting and for that of its style, and make their masks."""
    settled = settle(Masks(color_map=str(path), style_maps=[str(path)]), (1.0,))
    sizes = (512, 512), (LARGE, LARGE)
    settled.regions(*sizes, [sizes] * len(settled.of_style))


def checkpoint_header(path):
    """A header of almost a megabyte: twelve thousand arrays without a number."""
    empty = np.dtype("f8"), (0,)
    arrays = {f"state.{number:06}": empty for number in range(12_000)}
    facts = {"format": "backpaint-checkpoint-1", "facts": "{}"}
    path.write_bytes(header_bytes(arrays | {"sha256": (np.dtype("u1"), (32,))}, facts) + bytes(32))


def list_of(path):
    path.write_bytes(b"/dev/null/x.png\n" * (1 << 20))


def recipe(path):
    path.write_text("".join(f"{letter}{'.a' * 1_000} = 1\n" for letter in "abcdefghijklmno"))


def vectors(path):
    """Numbers of 256 MB that are packed well."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.npy", "w") as entry:
            np.lib.format.write_array(entry, np.zeros((255 << 20) // 8))
        with archive.open("about.npy", "w") as entry:
            np.lib.format.write_array(entry, np.array("{}"))


ROWS = (
    ("`.flo`", "size", "that of the painting", flow, read_flow),
    ("a clip", "pixels of a frame", "100 million", large_frame, first_frame),
    ("a clip", "frames", "1,000,000", endless, count),
    ("a clip, `.mp4`", "frames at one place", "1,000,000", repeated, count),
    ("a mask", "pixels", "100 million", gray, lambda path: mask_of(str(path))),
    ("a map, and a style's", "pixels; colors", "100 million; 16", stripes, read_map),
    ("a checkpoint", "header; axes", "1 MiB; 8", checkpoint_header, read_checkpoint),
    ("a batch's list", "text", "16 MiB", list_of, lambda path: find_pictures(f"@{path}")),
    ("a recipe, `.toml`", "text; dots of a line; depth", "32 KiB; 1000; 10", recipe, load_preset),
    ("test vectors, `.npz`", "numbers", "256 MiB", vectors, read_vectors),
)  # fmt: skip
