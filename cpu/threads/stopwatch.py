"""A stopwatch for the steps of an evaluation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Lap:
    """One step of an evaluation.

    Attributes
    ----------
    layer : str
        The layer, or ``"total variation"``.
    direction : {"forward", "terms", "backward"}
        What was done.
    seconds : float
    flops : float
        Multiplications and additions of the convolution in it, computed directly; Winograd's needs
        fewer, so the effective speed may exceed the machine's.
    """

    layer: str
    direction: str
    seconds: float
    flops: float = 0.0

    @property
    def gflops(self) -> float:
        """Effective speed in 10^9 operations a second."""
        return self.flops / self.seconds / 1e9 if self.seconds > 0 else 0.0


class Stopwatch:
    """Collects the laps of one evaluation."""

    def __init__(self) -> None:
        self.laps: list[Lap] = []

    def start(self) -> None:
        """Forget the laps of the evaluation before."""
        self.laps = []

    @contextmanager
    def lap(self, layer: str, direction: str, flops: float = 0.0) -> Iterator[None]:
        """Time a step; forty of them an evaluation cost nothing."""
        begin = time.perf_counter()
        yield
        self.laps.append(Lap(layer, direction, time.perf_counter() - begin, flops))


def profile_table(laps: list[Lap]) -> str:
    """Lay out laps as lines of text: layer, direction, milliseconds, GFLOP/s, share."""
    total = sum(lap.seconds for lap in laps)
    lines = [f"{'layer':<16}{'direction':<10}{'ms':>9}{'GFLOP/s':>10}{'share':>8}"]
    for lap in laps:
        speed = f"{lap.gflops:.0f}" if lap.flops else ""
        lines.append(
            f"{lap.layer:<16}{lap.direction:<10}{1e3 * lap.seconds:>9.1f}{speed:>10}"
            f"{lap.seconds / total:>8.1%}"
        )
    lines.append(f"{'all':<26}{1e3 * total:>9.1f}")
    return "\n".join(lines)
