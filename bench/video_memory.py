"""Measure the most memory that clips of several lengths need while they are painted.

    python bench/video_memory.py     # a table, to be read; --output PAGE puts it between two marks

Each clip is the pan of `bench/video.py`, painted in a process of its own.  That process tells the
most that it ever had in memory, and the most that one of its children had, which decode the clip
and assemble the film.  What grows with the length would be seen in a row of the table.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from video_kills import make_clip

from backpaint import paint_video
from backpaint.examples import example_path

WAYS = {"fast": {"fast": True}, "descent": {"iterations": (2, 1)}}
COUNTS = (20, 100, 300)
BEGIN, END = "<!-- memory, written by bench/video_memory.py -->", "<!-- end of memory -->"
HEAD = """| frames | in one pass | its children | by descent | its children |
|---:|---:|---:|---:|---:|"""


def paint(clip: str, way: str, size: int) -> None:
    """Paint a clip, and tell the most memory of this process and of its children, in bytes."""
    film = Path(clip).with_suffix(f".{way}.mp4")
    painted = paint_video(clip, example_path("swirls"), film, size=size, **WAYS[way])
    usages = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    most = [1024 * usage.ru_maxrss for usage in usages]
    print(json.dumps({"frames": len(painted.frames), "most": most}))


def measured(clip: Path, way: str, size: int) -> list[int]:
    """Paint a clip in another process; return the most memory of it and of its children."""
    command = [sys.executable, __file__, "--paint", str(clip), way, "--size", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, list[int]] = json.loads(done.stdout.splitlines()[-1])
    return told["most"]


def table(counts: list[int], size: int) -> str:
    """Paint all clips, and write a row for each length."""
    lines = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            clip = Path(folder) / f"{count}.mp4"
            make_clip(clip, count, size)
            most = [one for way in WAYS for one in measured(clip, way, size)]
            lines.append(f"| {count} | " + " | ".join(f"{one / 1e6:.0f} MB" for one in most) + " |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--counts", nargs="+", type=int, default=list(COUNTS))
    parser.add_argument("--size", type=int, default=72)
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    parser.add_argument("--paint", nargs=2, metavar=("CLIP", "WAY"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.paint:
        paint(*args.paint, args.size)
        return
    text = table(args.counts, args.size)
    if args.output:
        before, rest = args.output.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        args.output.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
