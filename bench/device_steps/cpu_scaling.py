"""The engine cpu on 1, 2, 4, ... threads, beside PyTorch and JAX where they are installed.

    python cpu_scaling.py --sizes 512,1024 --threads 16,8,4,2,1 --output cpu_scaling.json

As in `backpaint compare`, everybody has a process of its own, and is checked against float64; for
the sake of a short visit there are no rounds, and PyTorch takes part in one form.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backpaint.compare.plan import parse_sizes
from backpaint.compare.processes.child import Child, ChildError
from backpaint.compare.subject.competitors import competitor
from backpaint.compare.subject.scene import Size, size_name

NAMES = ("cpu", "pytorch/channels_last", "jax")
PRESET = "gatys"
AT_LEAST = 2.0
"""Seconds of evaluations in a median."""


def measured(size: Size, threads: int, name: str, judged: str) -> dict[str, Any]:
    """Check one contestant, and time it."""
    try:
        with Child(competitor(name), PRESET, size, threads) as child:
            return child.ask("check", file=judged) | child.ask("evaluate", at_least=AT_LEAST)
    except ChildError as error:
        return {"failed": str(error)}


def rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the most threads first, since that is what is unknown."""
    threads = [int(number) for number in options.threads.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        for size in parse_sizes(options.sizes):
            judged = str(Path(folder) / f"{size_name(size)}.npz")
            with Child(None, PRESET, size, max(threads)) as judge:
                judge.ask("judge", file=judged)
            for number in threads:
                for name in NAMES:
                    found = measured(size, number, name, judged)
                    yield {"size": size_name(size), "threads": number, "name": name, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="512,1024")
    parser.add_argument("--threads", default="16,8,4,2,1")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    found = []
    for row in rows(options):
        found.append(row)
        options.output.write_text(json.dumps(found, indent=1) + "\n")
        seconds = row.get("seconds")
        told = row["failed"] if seconds is None else f"{seconds:.3f} s, {row['gradient_error']:.0e}"
        print(f"{row['size']} {row['threads']:2d} threads {row['name']:24s} {told}", flush=True)


if __name__ == "__main__":
    main()
