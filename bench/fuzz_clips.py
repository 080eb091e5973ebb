"""Reads thousands of damaged and harmful clips and flow files, and counts what happens.

    python bench/fuzz_clips.py --count 20000 --records fuzzed --output docs/fuzz_clips.md

`fuzz_harness` watches, `fuzz_moving`, `structures` and `harm.clips` make the files.  Needs PyAV
(`pip install 'backpaint[video]'`).
"""

import os
import random
import struct
import sys
from contextlib import suppress
from fractions import Fraction
from functools import cache, partial
from itertools import islice
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from fuzz_files import HARMFUL_FROM, mutated, nth_file
from fuzz_fork import attempt_in_fork
from fuzz_harness import Attempt, Target, outcome, run
from fuzz_moving import kinds, seeds
from fuzz_options import folders, options
from fuzz_table import write_table
from harm.clips import harmful
from structures import MUTATED
from structures.parts import changed_bytes

from backpaint.errors import RunError, UsageError
from backpaint.images import write_image
from backpaint.video.clip import Clip
from backpaint.video.film import FilmFrame, Form, write_film
from backpaint.video.flow.flo_file import MAGIC, read_flo
from backpaint.video.process import assemble, decode
from backpaint.video.process.reader import AT_ONCE

LOOKED_AT = 3
"""Frames whose pixels are asked for."""
MOST_CALLS = 25
"""Calls in which the frames of a file are counted in the fork."""
SOUND_EVERY = 4
"""Of so many files, the sound of one is copied."""
SIZE = (48, 32)
"""Width and height of a film."""
FLOW = "flow"
STRUCTURE = MUTATED | {"APNG": MUTATED["PNG"], "others": mutated}


def read(picture, path):
    """Do in a fork what two children of the program do: copy sound, look at frames, count them."""
    if random.Random(path.stat().st_size).randrange(SOUND_EVERY) == 0:
        with suppress(Exception):
            assemble.begin_film([*SIZE], [1, 1000], [25, 1], str(path), 0.0, None)
            assemble.add_frame(str(picture), 0, 1000)
            assemble.finish_film()
    decode.open_clip(str(path), 0.0, None, None)
    values, _ = decode.next_frame(100_000_000)
    if not values:
        raise ValueError("no frame")
    for _ in range(LOOKED_AT - 1):
        decode.next_frame(100_000_000)
    calls = 0
    while decode.pass_over(AT_ONCE)[0]["passed"] == AT_ONCE and calls < MOST_CALLS:
        calls += 1


def load(picture, path):
    """Do what the program does with a clip, but paint."""
    clip = Clip(str(path))
    try:
        clip.count()
        frames = list(islice(clip.frames(), LOOKED_AT))
        copy_sound(clip, frames, picture, path.with_name("film.mp4"))
    finally:
        clip.close()


def copy_sound(clip, frames, picture, film):
    """Assemble a film of one picture with the times and the sound of a clip, or refuse that."""
    sound = clip.path if clip.facts["sound_fits"] else None
    origin = clip.facts["start"]
    form = Form(SIZE, clip.base, Fraction(*clip.facts["rate"]), sound, float(origin * clip.base))
    shown = [FilmFrame(picture, frame.time, frame.duration) for frame in frames]
    try:
        write_film(film, form, shown, origin)
    except RunError as error:
        raise UsageError(str(error)) from None


def clip_target(kind, folder, secrets):
    true = seeds(kind)
    picture = folder / "picture.png"
    write_image(picture, np.zeros((*SIZE[::-1], 3)))

    @cache
    def made_to_harm():
        return harmful(kind, true, secrets)

    def is_harmful(number):
        return number >= HARMFUL_FROM and number < HARMFUL_FROM + len(made_to_harm())

    def write(path, number):
        chance = random.Random(f"clip {kind} {number}")
        path.write_bytes(nth_file(number, true, STRUCTURE[kind], made_to_harm, chance))

    both = partial(read, picture), partial(load, picture)
    attempt = partial(attempt_in_fork, *both, always=is_harmful)
    return Target(f"clip, {kind}", true[0], write, attempt, False)


def flow_target():
    width, height = SIZE
    numbers = np.random.default_rng(1).normal(0, 3, (height, width, 2)).astype("<f4")
    content = MAGIC + struct.pack("<2i", width, height) + numbers.tobytes()

    def write(path, number):
        chance = random.Random(f"flow {number}")
        changed = changed_bytes(content, chance, "<")
        if number % 2:  # most changes would only be other numbers
            sides = [
                chance.choice((0, -1, 1, width, height, 2**31 - 1, -(2**31))) for _ in range(2)
            ]
            special = struct.pack("<f", chance.choice((float("nan"), float("inf"), 3e38, 1e-45)))
            changed = MAGIC + struct.pack("<2i", *sides) + content[12:-4] + special
        path.write_bytes(changed)

    def attempt(path, number):
        return Attempt(outcome(partial(read_flo, shape=(height, width)), path))

    return Target(FLOW, content, write, attempt)


def main():
    asked = options(__doc__, 1000)
    with folders(asked.records) as (folder, secrets, records):
        for name in ("secret.mp4", "secret1.png"):
            (secrets / name).write_bytes(seeds("MP4")[0])
        wanted = (
            flow_target() if kind == FLOW else clip_target(kind, folder, secrets)
            for kind in asked.formats or (*kinds(), FLOW)
        )
        rows, is_well = run(wanted, asked.count, folder, secrets, records)
    if asked.output:
        write_table(asked.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
