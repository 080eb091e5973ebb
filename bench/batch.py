"""Time a batch against separate runs of `backpaint paint`, by the processors' own clock.

python bench/batch.py [--output docs/batch.md]
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from backpaint.examples import example_path

SIZE, ITERATIONS = 64, 2
MARK = "<!-- overhead, written by bench/batch.py -->\n"


def spent() -> float:
    """Return the seconds of processor time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds_of(*words: object) -> float:
    before = spent()
    command = [sys.executable, "-m", "backpaint", *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return spent() - before


def measured(folder: Path) -> tuple[float, float, int]:
    """Return the seconds of separate runs and of a batch, and how many pictures."""
    photos, styles = folder / "photos", folder / "styles"
    for place, names in ((photos, ("cat", "astronaut")), (styles, ("swirls", "mosaic"))):
        place.mkdir()
        for name in names:
            shutil.copy(example_path(name), place)
    options = ("--size", SIZE, "--iterations", ITERATIONS, "--engine", "cpu", "--threads", 1)
    pairs = [(photo, style) for photo in photos.iterdir() for style in styles.iterdir()]
    alone = sum(
        seconds_of("paint", photo, style, "-o", folder / f"{number}.png", *options)
        for number, (photo, style) in enumerate(pairs)
    )
    return alone, seconds_of("batch", photos, styles, "-o", folder / "out", *options), len(pairs)


def table(alone: float, together: float, count: int) -> str:
    return "\n".join(
        [
            f"{count} pictures of {SIZE} pixels, {ITERATIONS} iterations each, one thread, "
            "seconds of processor time:\n",
            "| | all | each |",
            "|---|---|---|",
            f"| `paint`, {count} times | {alone:.1f} | {alone / count:.2f} |",
            f"| `batch` | {together:.1f} | {together / count:.2f} |",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path)
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder:
        text = table(*measured(Path(folder)))
    print(text)
    if output is not None:
        head, _, _ = output.read_text().partition(MARK)
        output.write_text(f"{head}{MARK}\n{text}")


if __name__ == "__main__":
    main()
