"""Kill a film in the making again and again, and compare its frames with those of a whole run.

    python bench/video_kills.py --kills 20

A clip of the pan of `bench/video.py` is painted once as a whole, and once with a process that is
ended by SIGKILL at random moments and started again with --resume.  No frame that was reported may
be lost, and all of them must be the same bytes.  How many frames there were at each kill tells
whether it hit the painting or the start.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
from video_clips import pan

from backpaint.examples import example_path
from backpaint.video.film import FilmFrame, Form, write_film

BASE, DURATION = Fraction(1, 30000), 1001


def make_clip(path: Path, count: int, size: int) -> None:
    """Write the pan as a clip."""
    frames = []
    for frame in pan(count, size).frames:
        picture = path.with_name(f"{path.stem}-{frame.number}.png")
        Image.fromarray(frame.pixels.round().astype(np.uint8)).save(picture)
        frames.append(FilmFrame(picture, DURATION * (frame.number - 1), DURATION))
    write_film(path, Form((size, size), BASE, 1 / (BASE * DURATION)), frames, 0)


def start(clip: Path, film: Path, *options: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "backpaint", "video", str(clip), str(example_path("swirls"))]
    command += ["-o", str(film), "--keep-frames", "--quiet", "--threads", "1"]
    return subprocess.Popen([*command, *options])


def frames_of(film: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in Path(f"{film}.frames").glob("*.png")}


def reported(film: Path) -> int:
    log = Path(f"{film}.frames") / "log.jsonl"
    return log.read_bytes().count(b"\n") if log.exists() else 0


def kill_often(
    clip: Path, film: Path, kills: int, longest: float, way: list[str]
) -> tuple[list[int], int]:
    """Run with kills; return how many frames were reported at each, and how many of them lost."""
    rng, lost = np.random.default_rng(0), 0
    killed: list[int] = []
    while True:
        before = reported(film)
        kept = frames_of(film)
        process = start(clip, film, "--resume", *way)
        try:
            process.wait(float(rng.uniform(0.2, longest)) if len(killed) < kills else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed.append(reported(film))
            after = frames_of(film)
            lost += sum(
                after.get(f"{number:05d}.png") != kept.get(f"{number:05d}.png")
                for number in range(1, before + 1)
            )
            continue
        if process.returncode:
            raise SystemExit(f"the run ended with {process.returncode}")
        return killed, lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--size", type=int, default=48)
    parser.add_argument("--longest", type=float, default=8.0, help="seconds until a kill, at most")
    parser.add_argument("--fast", action="store_true", help="in one pass, and not by descent")
    args = parser.parse_args()
    way = ["--fast"] if args.fast else ["--iterations", "2,1"]
    way += ["--size", str(args.size)]
    with tempfile.TemporaryDirectory() as folder:
        clip, whole, broken = (Path(folder) / name for name in ("in.mp4", "whole.mp4", "out.mp4"))
        make_clip(clip, args.frames, args.size)
        begin = time.perf_counter()
        if start(clip, whole, *way).wait():
            raise SystemExit("the whole run failed")
        seconds = time.perf_counter() - begin
        killed, lost = kill_often(clip, broken, args.kills, min(args.longest, seconds), way)
        same = frames_of(whole) == frames_of(broken)
        result = {"frames": args.frames, "kills": len(killed), "frames when killed": killed,
                  "lost": lost, "same frames": same,
                  "same film": whole.read_bytes() == broken.read_bytes()}  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
