"""Kills the command line at random moments, goes on, and compares the pictures.

    python bench/kill_resume.py --count 50

Each trial paints with another optimizer or engine, is killed (SIGKILL) at a random moment, gone on
with and perhaps killed again, until it has ended; its pixels must be those of an unbroken run.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from backpaint.checkpoint import describe_checkpoint
from backpaint.examples import example_path
from backpaint.images import read_metadata

SIZE, ITERATIONS, EVERY = 36, 40, 3
AGAIN, EARLY = 0.4, 0.1
"""How likely it is that a run is killed once more, and that it is before it has begun."""
PAINT = ("paint", example_path("cat"), example_path("swirls"), "--size", SIZE)
SHALLOW = ("--set=style.layers={relu1_1=1.0}", "--set=content.layers={relu1_1=1.0}")
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


def trial(arguments, folder, seconds, chance):
    """Paint, killed now and then; return the picture, and how far the run was at each kill."""
    out, file, kills = folder / "out.png", folder / "out.backpaint", []
    for path in (out, file):
        path.unlink(missing_ok=True)
    kept = ("--checkpoint", file, "--checkpoint-every", EVERY)
    while True:
        run = start(
            ("resume", file, "-o", out) if file.exists() else (*painting(arguments, out), *kept)
        )
        if (kills and chance.random() > AGAIN) or not killed(run, file, seconds, chance):
            assert run.wait() == 0
            return out, kills
        kills.append(iterations_of(file))


def killed(run, file, seconds, chance):
    """Kill a run at some moment after it has begun; False if it has ended before."""
    before, is_early = changed_at(file), chance.random() < EARLY
    while not is_early and changed_at(file) == before and run.poll() is None:
        time.sleep(0.002)
    time.sleep(chance.uniform(0, seconds))
    run.kill()
    code = run.wait()
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def changed_at(file):
    """Tell when a file was written; None if there is none."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def iterations_of(file):
    """Tell how far a killed run was, as its checkpoint has it; None where there is none yet."""
    return describe_checkpoint(file)["iterations"] if file.exists() else None


def facts_of(path):
    """Read a picture's pixels, what it says of itself but its time, and that time."""
    said = json.loads(read_metadata(path))
    with Image.open(path) as image:
        return np.array(image), said, said.pop("seconds")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where to work")
    parser.add_argument("--shallow", action="store_true", help="of the network the first layer")
    options = parser.parse_args()
    chance, kills, broken = random.Random(options.seed), 0, 0
    runs = {name: (*run, *(SHALLOW if options.shallow else ())) for name, run in RUNS.items()}
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        folder, wholes = Path(temporary), {}
        number = 0
        while kills < options.count:
            name = list(runs)[number % len(runs)]
            number += 1
            if name not in wholes:
                path = folder / f"whole{len(wholes)}.png"
                assert start(painting(runs[name], path)).wait() == 0
                wholes[name] = facts_of(path)
            expected, known, seconds = wholes[name]
            out, moments = trial(runs[name], folder, seconds, chance)
            pixels, said, _ = facts_of(out)
            is_equal = np.array_equal(pixels, expected) and said == known
            kills, broken = kills + len(moments), broken + (not is_equal)
            verdict = "equal" if is_equal else "DIFFERS"
            print(f"{number}: {name}: killed at iterations {moments}: {verdict}", flush=True)
        left = [path.name for path in folder.glob(".backpaint-*.part")]
    print(f"{number} runs, {kills} kills, {broken} differ; half-written files: {len(left)}")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
