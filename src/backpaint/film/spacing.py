"""Frames in time: which iterations become one, and how long each is shown."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

RATE = 20
"""Frames a second at most."""
TICK = 100
"""Of a second: the times of all films are whole hundredths, as those of GIF are."""
SLOWEST = 25
"""Ticks that a frame is shown at most: a run of five iterations is no film of ten seconds."""
HOLD = 150
"""Ticks that the last frame stays, or a quarter of a short film."""


def most_frames(seconds: float) -> int:
    """Return how many frames a film of some seconds has at most, the held one included."""
    return max(2, round((seconds * TICK - hold(seconds)) * RATE / TICK) + 1)


def hold(seconds: float) -> int:
    """Return how many ticks the last frame stays."""
    return min(HOLD, round(seconds * TICK / 4))


def durations(count: int, seconds: float) -> list[int]:
    """Return how many ticks each of some frames is shown; the last one stays.

    No frame is shown for less than a tick: a film of more frames than ticks is longer.

    Examples
    --------
    >>> durations(4, 10.0)
    [25, 25, 25, 150]
    >>> sum(durations(171, 10.0)), sum(durations(100, 10.0))
    (1000, 1000)
    """
    moving = count - 1
    ticks = max(moving, min(round(seconds * TICK) - hold(seconds), moving * SLOWEST))
    edges = [ticks * place // max(moving, 1) for place in range(count)]
    return [*(later - now for now, later in pairwise(edges)), hold(seconds)]


def ratio_for(first: int, last: int, count: int) -> float:
    """Return the least ratio of iterations by which so many frames reach from one to another.

    Notes
    -----
    A descent changes the picture most at its beginning.  Where a step of the ratio is less than
    one iteration, every iteration is a frame; so a run of no more iterations than frames has all.
    """
    low, high = 1.0, max(2.0, float(last) / max(first, 1))
    while high / low > 1 + 1e-9:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _steps(first, last, middle) > count else (low, middle)
    return high


def _steps(first: int, last: int, ratio: float) -> int:
    """Count the frames behind the first until the last iteration is reached."""
    spacing, steps = Spacing(first, ratio), 0
    while spacing.next <= last:
        spacing.is_due(math.ceil(spacing.next))
        steps += 1
    return steps


@dataclass
class Spacing:
    """Tells which iterations become frames; each is some ratio behind the last one, or the next.

    Attributes
    ----------
    first : int
        The iteration of the first frame, which is taken already.
    ratio : float
    next : float
        Not before this iteration.

    Examples
    --------
    >>> spacing = Spacing(0, 1.5)
    >>> [iteration for iteration in range(1, 20) if spacing.is_due(iteration)]
    [1, 2, 3, 5, 7, 11, 16]
    """

    first: int
    ratio: float
    next: float = field(init=False)

    def __post_init__(self) -> None:
        self.next = max(self.first + 1.0, self.first * self.ratio)

    def is_due(self, iteration: int) -> bool:
        """Whether an iteration becomes a frame; asked once for each, in their order."""
        if iteration < self.next:
            return False
        self.next = max(iteration + 1.0, self.next * self.ratio)
        return True
