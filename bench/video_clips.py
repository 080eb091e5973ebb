"""Clips with a known motion: a pan over the cat, and a piece of the astronaut before the cat.

Both have a sensor's noise.
"""

from dataclasses import dataclass

import numpy as np

from backpaint.examples import example_path
from backpaint.images import read_image, resize
from backpaint.video.flow.frame import Frame
from backpaint.video.flow.warp import warp

NOISE = 2.0
"""Levels, of the camera."""
NEVER = -1


@dataclass(frozen=True, eq=False)
class KnownClip:
    """Frames, and what is known of their motion.

    Attributes
    ----------
    frames : list of Frame
    back : list of (H, W, 2) ndarray of float64
        For each frame the true way back to the one before.
    known : list of (H, W) ndarray of bool
        What both show.
    last_seen : list of (H, W) ndarray of int
        For each frame, where something at rest comes back: the index of the last frame that showed
        it; `NEVER` elsewhere.
    """

    frames: list[Frame]
    back: list[np.ndarray]
    known: list[np.ndarray]
    last_seen: list[np.ndarray]

    def errors(self, painted: list[np.ndarray]) -> list[float]:
        """Return each frame's root mean square difference from the moved one before, in levels."""
        return [
            _rms((painted[i] - warp(painted[i - 1], self.back[i]))[self.known[i]])
            for i in range(1, len(painted))
        ]

    def return_error(self, painted: list[np.ndarray]) -> float | None:
        """Return how far what comes back is from how it looked before it was covered, in levels."""
        stack = np.stack(painted)
        differences = []
        for picture, last in zip(painted, self.last_seen, strict=True):
            y, x = np.nonzero(last != NEVER)
            differences.append(picture[y, x] - stack[last[y, x], y, x])
        together = np.concatenate(differences)
        return _rms(together) if together.size else None


def pan(count: int, size: int, step: tuple[int, int] = (4, 2)) -> KnownClip:
    """Move a window over the cat."""
    height = size + step[1] * count
    width = max(size + step[0] * count, height * 451 // 300 + 1)
    scene = resize(read_image(example_path("cat")).pixels, max(height, width * 300 // 451), width)
    cuts = [
        scene[step[1] * i : step[1] * i + size, step[0] * i : step[0] * i + size]
        for i in range(count)
    ]
    back = np.broadcast_to(np.array(step, float), (size, size, 2))
    y, x = np.mgrid[:size, :size]
    known = (x + step[0] < size) & (y + step[1] < size)
    nothing = np.full((size, size), NEVER)
    return KnownClip(_noisy(cuts), [back] * count, [known] * count, [nothing] * count)


def moving(count: int, size: int, step: tuple[int, int] = (5, 1)) -> KnownClip:
    """Move a piece of the astronaut before the cat; at the picture's edges it turns."""
    scene = resize(read_image(example_path("cat")).pixels, size, size * 451 // 300)[:, :size]
    side = size * 7 // 20
    thing = resize(read_image(example_path("astronaut")).pixels[:256, 96:352], side, side)
    places = [
        (
            _folded(size // 5 + step[1] * i, size - side),
            _folded(size // 8 + step[0] * i, size - side),
        )
        for i in range(count)
    ]
    cuts, back, known, last_seen = [], [], [], []
    before, seen, last_y, last_x = (
        np.zeros((size, size), bool),
        np.full((size, size), NEVER),
        *places[0],
    )
    for i, (y, x) in enumerate(places):
        here, cut = np.zeros((size, size), bool), scene.copy()
        here[y : y + side, x : x + side] = True
        cut[here] = thing.reshape(-1, 3)
        cuts.append(cut)
        moved = np.array((x - last_x, y - last_y), float)
        back.append(np.where(here[..., np.newaxis], -moved, 0.0))
        known.append(here | ~before)
        last_seen.append(np.where(before & ~here, seen, NEVER))
        seen = np.where(here, seen, i)
        before, last_y, last_x = here, y, x
    return KnownClip(_noisy(cuts), back, known, last_seen)


def _folded(position: int, room: int) -> int:
    """Walk to and fro between 0 and `room`."""
    position %= 2 * room
    return min(position, 2 * room - position)


def _noisy(cuts: list[np.ndarray]) -> list[Frame]:
    rng = np.random.default_rng(0)
    noise = (rng.normal(0, NOISE, cut.shape) for cut in cuts)
    pairs = zip(cuts, noise, strict=True)
    return [Frame(i, np.clip(cut + n, 0, 255)) for i, (cut, n) in enumerate(pairs, start=1)]


def _rms(differences: np.ndarray) -> float:
    return float(np.sqrt(np.mean(differences**2)))
