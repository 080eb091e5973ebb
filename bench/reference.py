"""Time and memory of the reference engine beside PyTorch's: one loss and gradient of `gatys`.

    python bench/reference.py [--sizes 256,512] [--runs 7]

Ours and PyTorch's run in turn in one process, and medians are compared; peak memory is that of
processes of their own.  The table goes to bench/results/reference.md.
"""

import argparse
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from pytorch_gatys import PyTorchGatys

from backpaint.examples import example_path
from backpaint.painting.session import open_session
from backpaint.presets import recipe

RESULTS = Path(__file__).parent / "results" / "reference.md"
ENGINES = ("reference", "PyTorch contiguous", "PyTorch channels_last")


def build(engine: str, size: int) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Make one engine's function of a flat picture."""
    pictures = square("cat", size), square("swirls", size)
    session = open_session(*pictures, recipe(size=size), engine="reference")
    if engine == "reference":
        return session.build()
    return PyTorchGatys(session.prepared.problem, channels_last="last" in engine)


def square(name: str, size: int) -> np.ndarray:
    """Resize a built-in picture to size x size."""
    from backpaint.images import read_image, resize

    return np.clip(resize(read_image(example_path(name)).pixels, size, size), 0, 255)


def start(size: int) -> np.ndarray:
    """Make a picture at which all terms count."""
    return np.random.default_rng(0).uniform(0, 255, size * size * 3)


def timed(size: int, runs: int) -> dict[str, float]:
    """Run all engines in turn; give each one's median seconds."""
    functions = {engine: build(engine, size) for engine in ENGINES}
    x, seconds = start(size), {engine: [] for engine in ENGINES}
    for run in range(runs + 1):
        for engine, function in functions.items():
            begin = time.perf_counter()
            function(x)
            if run > 0:  # the first one warms up
                seconds[engine].append(time.perf_counter() - begin)
    return {engine: median(values) for engine, values in seconds.items()}


def peak_memory(engine: str, size: int) -> float:
    """Measure the peak resident memory of a process that evaluates twice, in MB."""
    command = [sys.executable, __file__, "--peak-of", engine, "--sizes", str(size)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def high_water_mark() -> float:
    """Read this process's own peak resident memory, in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if "VmHWM" in row) / 1e3


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--peak-of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    if options.peak_of:
        function = build(options.peak_of, sizes[0])
        for _ in range(2):
            function(start(sizes[0]))
        print(high_water_mark())
        return
    lines = [
        "| size | engine | seconds | of PyTorch's best | peak memory, MB | estimated, MB |",
        "|---|---|---|---|---|---|",
    ]
    for size in sizes:
        seconds = timed(size, options.runs)
        best = min(value for engine, value in seconds.items() if engine != "reference")
        pixels = square("cat", size)
        session = open_session(pixels, pixels, recipe(size=size), engine="reference")
        estimate = session.engine.estimate_bytes(session.prepared.problem) / 1e6
        for engine, value in seconds.items():
            ours = f"{estimate:.0f}" if engine == "reference" else ""
            lines.append(
                f"| {size} | {engine} | {value:.2f} | {value / best:.2f} | "
                f"{peak_memory(engine, size):.0f} | {ours} |"
            )
            print(lines[-1], flush=True)
    versions = (
        f"{platform.machine()}, {torch.get_num_threads()} threads, Python "
        f"{platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}; "
        f"median of {options.runs} runs in turn, float32"
    )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join([*lines, "", versions, ""]))


if __name__ == "__main__":
    main()
