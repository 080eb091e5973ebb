"""Goes on with thousands of damaged checkpoints, and counts what happens.

    python bench/fuzz_checkpoints.py --count 625 --output docs/fuzz.md

Half of the files are changed anywhere.  The others are changed and then get a SHA-256 that is
right, as a stranger would write them: these reach the optimizers, SciPy's compiled one among them,
which take three steps.  `fuzz_harness` watches.
"""

import hashlib
import json
import os
import random
import sys
from functools import cache, partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from fuzz_files import mutated
from fuzz_harness import Attempt, Target, outcome, run
from fuzz_options import folders, options
from fuzz_table import write_table

import backpaint
from backpaint.checkpoint import go_on
from backpaint.checkpoint.array_file import read_arrays, write_arrays
from backpaint.examples import example_path
from backpaint.images import read_image

SHALLOW = {"style.layers": {"relu1_1": 1.0}, "content.layers": {"relu1_1": 1.0}}
METHODS = {
    "l-bfgs-b": {"optimizer.corrections": 3},
    "l-bfgs-b, bounds": {"optimizer.corrections": 3, "optimizer.bounds": "pixels"},
    "l-bfgs": {"optimizer.method": "l-bfgs"},
    "adam": {"optimizer.method": "adam", "optimizer.rate": 2.0},
    "adam, two sizes, masks": {
        "optimizer.method": "adam",
        "optimizer.rate": 2.0,
        "scales.sizes": [8],
        "scales.iterations": 2,
    },
}
SIZE, ITERATIONS, MORE = 16, 5, 3
SMALL = 4096
"""Bytes of arrays that are all places and counts; the longer ones hold numbers alone."""
FACTS = ("[]", "{}", "null", '"\\u001b[2J"', "1e999", "-1", "9" * 30, "[" * 500, "true", '"../x"')


@cache
def network():
    return backpaint.load_weights("vgg19")


def seed_file(folder, method):
    """Keep a run that has ended in the middle of a line search, or after a step."""
    file, control = folder / "seed", backpaint.Control()
    height, width = read_image(example_path("cat")).pixels.shape[:2]
    half = np.linspace(0, 1, height)[:, np.newaxis] * np.ones(width)
    mask = backpaint.Masks([half], keep=half, only=half)

    def watch(record):
        if record.evaluation == ITERATIONS:
            control.stop()

    backpaint.paint(
        example_path("cat"),
        example_path("swirls"),
        preset="gatys",
        size=SIZE,
        iterations=ITERATIONS + MORE,
        changes=SHALLOW | METHODS[method],
        weights=network(),
        engine=backpaint.CPU(threads=1),
        masks=mask if "masks" in method else None,
        checkpoint=file,
        control=control,
        callback=watch,
    )
    return file.read_bytes()


def write(name, content, path, number):
    chance = random.Random(f"{name} {number}")
    begin = 8 + int.from_bytes(content[:8], "little")
    header, rest = content[:begin], content[begin:]
    if chance.random() < 0.5:
        header = mutated(header, chance)
    else:
        rest = mutated(rest, chance)
    path.write_bytes(header + rest)


def write_signed(name, content, path, number):
    """Change a file, or what it means, and let its SHA-256 be right."""
    chance = random.Random(f"{name} signed {number}")
    if number % 3 == 0:
        write(name, content, path, number)
        body = path.read_bytes()[:-32]
        if number % 2 and len(body) > 8:  # the header's length is right, too
            end = body.find(b"}}") + 2
            body = (max(end, 8) - 8).to_bytes(8, "little") + body[8:]
        path.write_bytes(body + hashlib.sha256(body).digest())
        return
    path.write_bytes(content)
    arrays, facts = read_arrays(path)
    if number % 3 == 1:
        facts = changed_facts(facts, chance)
    else:
        with np.errstate(all="ignore"):
            change_arrays(arrays, chance)
    write_arrays(path, arrays, facts)


def changed_facts(facts, chance):
    """Put something else in the place of a value, or change the text."""
    if chance.random() < 0.3:
        return mutated(facts.encode(), chance).decode(errors="replace")
    said = json.loads(facts)
    at = said
    while True:
        key = chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
        if isinstance(at[key], dict | list) and at[key] and chance.random() < 0.8:
            at = at[key]
            continue
        at[key] = "HERE"
        return json.dumps(said).replace('"HERE"', chance.choice(FACTS))


def change_arrays(arrays, chance):
    """Change numbers of some arrays, most of all those that place others; or shape and type."""
    small = [name for name, array in arrays.items() if array.nbytes <= SMALL]
    for _ in range(chance.choice((1, 1, 2, 5))):
        name = chance.choice(small if chance.random() < 0.7 else list(arrays))
        array = arrays[name]
        if chance.random() < 0.1:
            shapes = (array[None], array.reshape(-1)[:-1], np.zeros(0), array.astype(np.float32))
            arrays[name] = chance.choice(shapes)
        elif array.size and array.flags.writeable:
            flat = array.reshape(-1)
            at, values = chance.randrange(flat.size), (0, 1, -1, 2, 7, 300, 2**31 - 1, -(2**31))
            if array.dtype.kind == "f":
                values = (0.0, -1.0, 1e300, -1e300, 1e-300, float("nan"), float("inf"))
            flat[at] = np.array(chance.choice(values)).astype(array.dtype)


def steps(path):
    """Go on from a file for a few steps; a run that meets NaN has gone on."""
    run_on = go_on(path, weights=network())
    control = backpaint.Control()
    done = []

    def watch(record):
        done.append(record)
        if len(done) >= MORE:
            control.stop()

    run_on.session.paint(start=run_on.start, control=control, on_evaluation=watch)


def attempt(path, number):
    with np.errstate(all="ignore"):
        return Attempt(outcome(steps, path))


def targets(folder):
    for method in METHODS:
        content = seed_file(folder, method)
        name = f"checkpoint, {method}"
        yield Target(name, content, partial(write, name, content), attempt)
        signed = f"{name}, SHA-256 made right"
        yield Target(signed, content, partial(write_signed, name, content), attempt)


def main():
    asked = options(__doc__, 625)
    with folders(asked.records) as (folder, secrets, records):
        np.ones((3, 3, 64, 64), np.float32).tofile(secrets / "secret.bin")
        wanted = [one for one in targets(folder) if not asked.formats or one.name in asked.formats]
        rows, is_well = run(wanted, asked.count, folder, secrets, records)
    if asked.output:
        write_table(asked.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
