"""Where the CPU engine's time goes by kind of work, in processor time of one thread.

    python bench/cpu_parts.py [--sizes 256,512] [--runs 8]

The profile by layer (`backpaint paint --profile`) tells which layer takes how long; this tells on
what.  The table goes to bench/results/cpu_parts.md.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backpaint.compare.subject.scene import make_problem
from backpaint.cpu import CPUObjective
from backpaint.cpu.convolution import large_filters, winograd_convolution
from backpaint.cpu.convolution.convolution import DirectConvolution
from backpaint.cpu.convolution.large_filters import FilterBlocks, FilterPlanes
from backpaint.cpu.convolution.winograd_convolution import WinogradConvolution
from backpaint.cpu.network.features import FeatureGradient
from backpaint.cpu.network.finish import BackwardFinish, ForwardFinish
from backpaint.cpu.terms.terms import Terms
from backpaint.presets import load_preset

RESULTS = Path(__file__).parent / "results" / "cpu_parts.md"
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("products, small filters", winograd_convolution, "multiply_in_parts"),
    ("products, filters in blocks", large_filters, "multiply_in_parts"),
    ("products, filters in planes", FilterPlanes, "multiply"),
    ("transforms of filters in blocks", FilterBlocks, "multiply"),
    ("transforms of filters in planes", FilterPlanes, "prepare"),
    ("transforms of inputs", WinogradConvolution, "_transform"),
    ("transforms of outputs, and bias", WinogradConvolution, "_outputs"),
    ("conv1_1, both ways", DirectConvolution, "run"),
    ("finishing pieces forward: ReLU, pools, bits", ForwardFinish, "__call__"),
    ("finishing pieces backward: pools, bits", BackwardFinish, "__call__"),
    ("gradients of Gram matrices and content", FeatureGradient, "of"),
    ("Gram matrices and losses", Terms, "observe"),
)
"""What is timed, each without what it calls of the others."""


class Clock:
    """Processor time by part."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def watch(self, part: str, owner: Any, name: str) -> None:
        """Time a function from now on."""
        function: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            begin = time.thread_time()
            self._inner.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                seconds = time.thread_time() - begin
                self.seconds[part] += seconds - self._inner.pop()
                self._inner[-1] += seconds

        setattr(owner, name, timed)


def measure(clock: Clock, size: int, runs: int) -> tuple[dict[str, float], float]:
    """Evaluate the preset `gatys` on one thread: seconds by part, and in all."""
    problem = make_problem(load_preset("gatys"), (size, size))
    objective, x = CPUObjective(problem, threads=1), problem.content[::-1].ravel()
    objective(x)
    clock.seconds.clear()
    begin = time.thread_time()
    for _ in range(runs):
        objective(x)
    total = time.thread_time() - begin
    return {part: clock.seconds[part] / runs for part, *_ in PARTS}, total / runs


def table(size: int, seconds: dict[str, float], total: float) -> list[str]:
    """Write a size's parts as Markdown."""
    lines = [f"| {size} x {size} | ms | share |", "|---|---|---|"]
    rows = {**seconds, "all else": total - sum(seconds.values())}
    for part, value in rows.items():
        lines.append(f"| {part} | {value * 1e3:.0f} | {value / total:.0%} |")
    return [*lines, f"| in all | {total * 1e3:.0f} | |", ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--runs", type=int, default=8)
    options = parser.parse_args()
    lines = [
        "# The CPU engine by kind of work",
        "",
        "Processor time of one thread, one loss and gradient of `gatys`: "
        "`python bench/cpu_parts.py`.",
        "",
    ]
    clock = Clock()
    for part, owner, name in PARTS:
        clock.watch(part, owner, name)
    for size in (int(word) for word in options.sizes.split(",")):
        lines += table(size, *measure(clock, size, options.runs))
    RESULTS.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
