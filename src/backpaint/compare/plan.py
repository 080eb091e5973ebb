"""The plan of a comparison: sizes, threads, rounds, and who takes part where."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..cpu.threads.team import available_processors
from ..errors import UsageError, whole_number
from .subject.competitors import Competitor, absent, wanted
from .subject.scene import Size, blank_problem, compared_recipe

CHECKED_PIXELS = 512 * 512
"""The largest picture that is checked in float64; larger ones are checked at this area."""
REFERENCE_PIXELS = 128 * 128
"""The largest picture for the reference engine, unless it is asked for by name."""


@dataclass(frozen=True)
class Plan:
    """The plan of a comparison.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Heights and widths.
    threads : sequence of int, optional
        Absent: as many as there are processors.
    rounds : int
        In each, everybody has a turn.
    only : sequence of str
        Families or forms, as `competitors.wanted` takes them; empty: everybody.
    preset : str
        Whose objective.

    Raises
    ------
    UsageError
        If a number, a name or a size cannot be used, or nobody can take part.
    """

    sizes: Sequence[Size] = ((128, 128), (256, 256), (512, 512))
    threads: Sequence[int] = field(default_factory=lambda: (available_processors(),))
    rounds: int = 5
    only: Sequence[str] = ()
    preset: str = "gatys"

    def __post_init__(self) -> None:
        whole_number("rounds", self.rounds, least=1)
        for threads in self.threads:
            whole_number("threads", threads, least=1)
        if not self.sizes or not self.threads:
            raise UsageError("there is nothing to compare: give one size and one count of threads")
        for size in self.sizes:
            blank_problem(compared_recipe(self.preset), size)
        families = [one.family for one in wanted(self.only)]
        missing = absent(families)
        if len(missing) == len(set(families)):
            reasons = ", ".join(f"{family} ({reason})" for family, reason in missing.items())
            raise UsageError(
                f"nothing of what is to be compared can run here: {reasons}; name something else "
                "with --only"
            )

    @property
    def cells(self) -> list[tuple[Size, int]]:
        """Every size with every count of threads, in the order in which they are measured."""
        return [(size, threads) for size in self.sizes for threads in self.threads]

    def absent(self) -> dict[str, str]:
        """Return which families cannot run here, and why."""
        return absent(one.family for one in wanted(self.only))

    def competitors(self, size: Size) -> list[Competitor]:
        """List who takes part at a size."""
        missing = self.absent()
        present = [one for one in wanted(self.only) if one.family not in missing]
        is_small = math.prod(size) <= REFERENCE_PIXELS or "reference" in self.only
        return [one for one in present if is_small or one.family != "reference"]


def checked_size(size: Size) -> Size:
    """Choose the picture at which competitors are checked: this one, or the same made smaller.

    Examples
    --------
    >>> checked_size((256, 256)), checked_size((512, 2048)), checked_size((2048, 2048))
    ((256, 256), (256, 1024), (512, 512))
    """
    factor = math.sqrt(min(1.0, CHECKED_PIXELS / math.prod(size)))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def parse_sizes(text: str) -> tuple[Size, ...]:
    """Read sizes as people write them.

    Raises
    ------
    UsageError
        If one is no size.

    Examples
    --------
    >>> parse_sizes("256,768x512")
    ((256, 256), (512, 768))
    """
    sizes = []
    for word in text.split(","):
        found = re.fullmatch(r"([1-9]\d{0,5})(?: ?x ?([1-9]\d{0,5}))?", word.strip())
        if found is None:
            raise UsageError(
                f"{word.strip()!r} is no size; expected pixels such as 256, or WIDTHxHEIGHT such "
                "as 768x512, with commas between sizes"
            )
        width, height = int(found[1]), int(found[2] or found[1])
        sizes.append((height, width))
    return tuple(dict.fromkeys(sizes))


def parse_counts(name: str, text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them.

    Raises
    ------
    UsageError
        If one is no whole number of at least 1.

    Examples
    --------
    >>> parse_counts("--threads", "1,2")
    (1, 2)
    """
    words = [word.strip() for word in text.split(",")]
    if not all(re.fullmatch(r"[1-9]\d{0,3}", word) for word in words):
        raise UsageError(f"{name} is {text!r}; expected whole numbers such as 1,2")
    return tuple(dict.fromkeys(map(int, words)))
