"""Measurements, as values that can be kept as JSON."""

from statistics import median

import msgspec
import numpy as np

from .competitors import Competitor, competitor

Interval = tuple[float, float]


class Row(msgspec.Struct):
    """One competitor at one size with one count of threads."""

    name: str
    """As ``--only`` takes it."""
    seconds: list[float] = msgspec.field(default_factory=list)
    """Of one evaluation, one number for each round."""
    cpu_seconds: list[float] = msgspec.field(default_factory=list)
    """Likewise, summed over processors."""
    trial_seconds: float | None = None
    """Of one evaluation before the rounds, the faster of two (one, where that takes long): it
    decides which form of a library takes part."""
    peak_mb: float | None = None
    """Of the whole process, resident."""
    device_mb: float | None = None
    """On the GPU, reserved: what the library took, in use or kept."""
    loss: float | None = None
    loss_error: float | None = None
    """Relative, against the reference in float64."""
    gradient_error: float | None = None
    """Likewise: the length of the difference, in lengths of the gradient."""
    checked_at: tuple[int, int] | None = None
    """Height and width of the picture at which the errors were found."""
    failure: str | None = None
    """Why it was not timed, or not to the end."""

    @property
    def competitor(self) -> Competitor:
        """The name in tables."""
        return competitor(self.name)

    @property
    def wrong(self) -> str | None:
        """Why its loss or gradient is wrong, in words; None if both are right or not known.

        Notes
        -----
        A comparison with NaN is never true, so that NaN is wrong.
        """
        tolerance = self.competitor.tolerance
        if self.gradient_error is not None and not self.gradient_error <= tolerance:
            off = f"its gradient is off by {self.gradient_error:.1e} of its length"
        elif self.loss_error is not None and not self.loss_error <= tolerance:
            off = f"its loss is off by {self.loss_error:.1e} of itself"
        else:
            return None
        return f"{off}, more than {tolerance:.0e}"

    @property
    def is_timed(self) -> bool:
        """Whether it has taken part in a round."""
        return bool(self.seconds)

    @property
    def median(self) -> float:
        """Median seconds of the rounds."""
        return median(self.seconds)

    @property
    def quartiles(self) -> Interval:
        """Between which half of the rounds lie."""
        low, high = np.quantile(self.seconds, (0.25, 0.75))
        return float(low), float(high)

    @property
    def memory_mb(self) -> float | None:
        """The GPU's memory for those who compute there, else the process's."""
        return self.device_mb if self.competitor.device == "cuda" else self.peak_mb


class Cell(msgspec.Struct):
    """One size with one count of threads."""

    size: tuple[int, int]
    """Height and width."""
    threads: int
    rows: list[Row] = msgspec.field(default_factory=list)
    in_turn: bool = True
    """Whether all could run at the same time; else they ran one after the other."""

    def timed(self) -> list[Row]:
        """List those that were timed, the fastest first."""
        return sorted((row for row in self.rows if row.is_timed), key=lambda row: row.median)

    def fastest_library(self, device: str) -> Row | None:
        """Find the fastest of other people's libraries on a kind of device."""
        rows = (row for row in self.timed() if row.competitor.device == device)
        return next((row for row in rows if row.competitor.is_library), None)

    def speed(self, row: Row) -> float | None:
        """Return how many times as fast as the fastest library a row is; less than 1 is slower."""
        rival = self.fastest_library(row.competitor.device)
        return None if rival is None else rival.median / row.median


class Comparison(msgspec.Struct):
    """A whole comparison, or as much of it as was done."""

    preset: str
    rounds: int
    machine: dict[str, str]
    versions: dict[str, str]
    absent: dict[str, str]
    """Families that cannot run here, and why."""
    cells: list[Cell] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    interrupted: bool = False
    format: int = 1

    def to_json(self) -> bytes:
        """Write everything as JSON; `from_json` reads it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> "Comparison":
        """Read what `to_json` wrote.

        Raises
        ------
        msgspec.ValidationError
            If it is something else.
        """
        return msgspec.json.decode(text, type=cls)
