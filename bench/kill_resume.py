"""Kills the command line at random moments, goes on, and compares the pictures.

    python bench/kill_resume.py --count 50

Each trial paints with another optimizer or engine, is killed (SIGKILL) at a random moment, gone on
with and perhaps killed again, until it has ended; its pixels must be those of an unbroken run.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from backpaint.examples import example_path
from backpaint.images import read_metadata

SIZE, ITERATIONS, EVERY = 48, 60, 3
MOST_KILLS = 4
PAINT = ("paint", example_path("cat"), example_path("swirls"), "--size", SIZE)
RUNS = {
    "l-bfgs-b, cpu": PAINT,
    "l-bfgs-b with bounds, from noise, cpu": (*PAINT, "--init", "noise"),
    "l-bfgs, cpu": (*PAINT, "--preset", "pytorch-tutorial"),
    "adam, cpu": (*PAINT, "--preset", "pytorch-adam"),
    "l-bfgs-b, reference": (*PAINT, "--engine", "reference"),
}


def start(arguments):
    command = [sys.executable, "-m", "backpaint", *map(str, arguments), "--quiet"]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment)


def painting(arguments, out):
    return (*arguments, "--iterations", ITERATIONS, "-o", out)


def whole_run(arguments, out):
    """Paint without a break; return the seconds that it took."""
    begin = time.perf_counter()
    assert start(painting(arguments, out)).wait() == 0
    return time.perf_counter() - begin


def trial(arguments, folder, seconds, chance):
    """Paint, killed now and then; return the moments, as shares of the run that was killed."""
    out, file, moments = folder / "out.png", folder / "out.backpaint", []
    for path in (out, file):
        path.unlink(missing_ok=True)
    kept = ("--checkpoint", file, "--checkpoint-every", EVERY)
    while True:
        going_on = ("resume", file, "-o", out)
        run = start(going_on if file.exists() else (*painting(arguments, out), *kept))
        if len(moments) == MOST_KILLS or (moments and chance.random() < 0.5):
            assert run.wait() == 0
            return out, file, moments
        try:
            code = run.wait(chance.uniform(0, seconds))
            assert code == 0
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
        moments.append(iterations_of(file))


def iterations_of(file):
    """Tell how far a killed run was, as its checkpoint has it; None where there is none yet."""
    from backpaint.checkpoint import describe_checkpoint

    return describe_checkpoint(file)["iterations"] if file.exists() else None


def facts_of(path):
    """Read a picture's pixels, and what it says of itself but its time."""
    with Image.open(path) as image:
        return np.array(image), json.loads(read_metadata(path)) | {"seconds": 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where to work")
    options = parser.parse_args()
    chance, kills, broken = random.Random(options.seed), 0, 0
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        folder, wholes = Path(temporary), {}
        for number in range(options.count):
            name = list(RUNS)[number % len(RUNS)]
            if name not in wholes:
                path = folder / f"whole{len(wholes)}.png"
                wholes[name] = path, whole_run(RUNS[name], path)
            whole, seconds = wholes[name]
            out, _, moments = trial(RUNS[name], folder, seconds, chance)
            (pixels, said), (expected, known) = facts_of(out), facts_of(whole)
            is_equal = np.array_equal(pixels, expected) and said == known
            kills, broken = kills + len(moments), broken + (not is_equal)
            verdict = "equal" if is_equal else "DIFFERS"
            print(f"{number + 1}: {name}: killed at iterations {moments}: {verdict}", flush=True)
        left = [path.name for path in folder.glob(".backpaint-*.part")]
    print(f"{options.count} runs, {kills} kills, {broken} differ; half-written files: {len(left)}")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
