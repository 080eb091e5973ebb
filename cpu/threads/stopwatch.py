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
        self._laps: dict[tuple[str, str], Lap] = {}

    @property
    def laps(self) -> list[Lap]:
        """The laps so far; a step that was done in several parts, or again, is one of them."""
        return list(self._laps.values())

    def start(self) -> None:
        """Forget the laps of the evaluation before."""
        self._laps = {}

    @contextmanager
    def lap(self, layer: str, direction: str, flops: float = 0.0) -> Iterator[None]:
        """Time a step; forty of them an evaluation cost nothing."""
        begin = time.perf_counter()
        yield
        seconds, before = time.perf_counter() - begin, self._laps.get((layer, direction))
        if before is not None:
            seconds, flops = seconds + before.seconds, flops + before.flops
        self._laps[layer, direction] = Lap(layer, direction, seconds, flops)


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
