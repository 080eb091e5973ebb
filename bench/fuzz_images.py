"""Reads thousands of damaged pictures, and counts what happens.

python bench/fuzz_images.py --count 1000 --output docs/fuzz_images.md
"""

import argparse
import io
import os
import random
import sys
import tempfile
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from fuzz_files import mutated
from fuzz_harness import Target, outcome, run, write_table
from PIL import Image, ImageCms

from backpaint.images.read import FORMATS, read_image

VARIANTS = {
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}),
    "JPEG": ({}, {"progressive": True}),
}


def seeds():
    """Small pictures of every format, with a color profile and EXIF where the format has them."""
    random_pixels = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    picture = Image.fromarray(random_pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in FORMATS:
        for number, options in enumerate(VARIANTS.get(kind, ({},))):
            extra = {} if kind in ("PPM", "BMP", "GIF") else {"exif": exif, "icc_profile": profile}
            packed = io.BytesIO()
            picture.save(packed, kind, **options, **extra)
            yield f"{kind} {number + 1}" if number else kind, packed.getvalue()


def write(name, content, path, number):
    path.write_bytes(mutated(content, random.Random(f"{name} {number}")))


def attempt(path, number):
    return outcome(read_image, path), False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="files per format")
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    options = parser.parse_args()
    targets = [
        Target(name, content, partial(write, name, content), attempt) for name, content in seeds()
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folder, secrets = Path(temporary) / "files", Path(temporary) / "secrets"
        folder.mkdir()
        secrets.mkdir()
        rows, is_well = run(targets, options.count, folder, secrets)
    if options.output:
        write_table(options.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
