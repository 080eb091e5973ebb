"""A film as it is ordered: its file, its length, its size."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from ..errors import UsageError, shown, whole_number
from ..images.write import is_standard_output
from ..whole_file import require_writable

FORMATS = (".mp4", ".gif", ".webp")
SHORTEST, LONGEST = 2.0, 60.0
"""Seconds."""
SMALLEST, LARGEST = 16, 4096
"""Pixels of a film's longer side: H.264 has pairs of pixels, and no more than 4096 everywhere."""


@dataclass(frozen=True)
class Film:
    """An order for a film of a descent.

    Attributes
    ----------
    path : str or Path
        The extension chooses the format: one of `FORMATS`; ``.mp4`` needs PyAV.
    seconds : float
        How long it plays at most; a short run's film is shorter.
    curve : bool
        Whether the loss runs along below the picture.
    size : int
        Pixels of its longer side at most; a smaller painting is not enlarged.
    """

    path: str | Path
    seconds: float = 10.0
    curve: bool = False
    size: int = 720

    def check(self) -> None:
        """Refuse, before any work, what could not be written.

        Raises
        ------
        UsageError
            If the format is unknown or cannot be written here, or a number is out of range.
        """
        if not isinstance(self.path, str | os.PathLike) or not os.fspath(self.path):
            raise UsageError(f"film is {shown(self.path)}; expected a file's path such as run.webp")
        if is_standard_output(self.path):
            raise UsageError("film is standard output; expected a file's name such as run.webp")
        if self.suffix not in FORMATS:
            raise UsageError(
                f"film is {shown(os.fspath(self.path))}; expected a name that ends in "
                f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
            )
        _require_seconds(self.seconds)
        if whole_number("film size", self.size, least=SMALLEST) > LARGEST:
            raise UsageError(f"film size is {shown(self.size)}; expected at most {LARGEST} pixels")
        if self.suffix == ".mp4" and find_spec("av") is None:
            raise UsageError(
                "a film as .mp4 needs PyAV, which is not installed; pip install "
                "'backpaint[video]', or write .webp or .gif"
            )
        require_writable(self.path)

    @property
    def suffix(self) -> str:
        """The extension, in small letters."""
        return Path(self.path).suffix.lower()


def _require_seconds(seconds: object) -> None:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not SHORTEST <= cast(float, seconds) <= LONGEST:
        raise UsageError(
            f"film seconds are {shown(seconds)}; expected a number from {SHORTEST:g} to {LONGEST:g}"
        )


def as_film(film: "str | Path | Film") -> Film:
    """Check a film's order, which may be no more than a path; see `Film.check`."""
    ordered = film if isinstance(film, Film) else Film(film)
    ordered.check()
    return ordered
