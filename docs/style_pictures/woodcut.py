"""Cut `woodcut.jpg`: a red sun over breaking waves, in engraved lines on paper.

    python docs/style_pictures/woodcut.py OUTPUT.jpg

Every line is a contour of some field: distance below a wave's crest, height in the sky, distance
from the sun.  The darker the place, the thicker the line; where it is light, lines run out to a
point, as a graver leaves the wood.
"""

from functools import partial

import numpy as np
from canvas import HEIGHT, WIDTH, Array, save, smooth_noise

H, W = 3 * HEIGHT, 3 * WIDTH
SEED = 5

PAPER = np.array([243, 230, 203.0])
INK = np.array([19, 33, 66.0])
BLUE = np.array([64, 118, 158.0])
PALE = np.array([164, 196, 198.0])
VERMILION = np.array([214, 59, 36.0])
SAND = np.array([233, 190, 128.0])
SUN = (0.86, 0.30, 0.185)  # x, y, radius in shares of the height
WAVES = [  # crest's height, swell, wavelength, lean, first phase, lines a height
    (0.50, 0.050, 0.62, 0.5, 1.2, 64),
    (0.60, 0.085, 0.86, 0.9, 4.4, 58),
    (0.74, 0.115, 1.02, 1.1, 0.2, 52),
    (0.93, 0.120, 0.78, 1.0, 3.6, 46),
]


def engrave(phase: Array, darkness: Array) -> Array:
    """Ink (0 or 1) along the whole numbers of `phase`, `darkness` its share of the surface."""
    to_line = np.abs(phase - np.rint(phase))
    return (to_line < darkness / 2).astype(float)


def lay(picture: Array, color: Array, cover: Array) -> Array:
    """Print a color where `cover` is 1."""
    return picture + (color - picture) * cover[..., np.newaxis]


def print_sky(picture: Array, x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Level lines that bend around the sun and break into clouds."""
    noise = partial(smooth_noise, rng, (H, W))
    away = np.hypot(x - SUN[0], y - SUN[1]) / SUN[2]
    drift = y + 0.006 * noise((20, 130)) + 0.05 * np.exp(-(away**2) / 5) * (y - SUN[1])
    cloud = noise((26, 150))
    dusk = np.clip(0.62 - 1.2 * y, 0, 1)
    darkness = 0.20 + 0.55 * dusk + 0.15 * cloud
    sky = lay(picture, SAND, (cloud > 0.5) * 0.75)
    sky = lay(sky, PALE, (cloud < -0.7) * 0.8)
    sky = lay(sky, INK, engrave(58 * drift, np.clip(darkness, 0, 0.8) * (away > 1.06)))
    disk = lay(sky, VERMILION, (away < 1).astype(float))
    rays = engrave(30 * drift, np.clip(0.9 * (y - SUN[1]) / SUN[2] - 0.1, 0, 0.7))
    return lay(disk, SAND, rays * (away < 0.97))


def crest(x: Array, wave: tuple[float, ...], sway: Array) -> Array:
    """Height of the crest line: trochoids, sharp above and round below."""
    level, swell, length, _, first, _ = wave
    turn = np.pi * x / length + first + sway
    return level - swell * (1 - 2 * np.abs(np.sin(turn)) ** 0.9) - 0.3 * swell * np.sin(0.7 * turn)


def print_wave(
    picture: Array, x: Array, y: Array, wave: tuple[float, ...], rng: np.random.Generator
) -> Array:
    """One wave in front of those before: body, engraved flow, and foam along its crest."""
    noise = partial(smooth_noise, rng, (H, W))
    _, swell, length, lean, first, lines = wave
    sway = 0.25 * noise((400, 160))
    leaning = x + lean * 0.4 * (y - wave[0])
    below = y - crest(leaning, wave, sway)  # 0 on the crest, growing downward
    body = below > 0
    turn = np.pi * leaning / length + first + sway
    shade = 0.5 - 0.5 * np.sin(2 * turn + 0.9)
    flow = below * (1 + 0.35 * np.cos(2 * turn)) + 0.006 * noise(70)
    darkness = 0.24 + 0.50 * shade + 0.09 * noise(40)
    picture = lay(picture, PALE, body)
    picture = lay(picture, BLUE, body * (shade + 0.12 * noise((12, 60)) > 0.42))
    picture = lay(picture, INK, body * engrave(lines * flow, np.clip(darkness, 0, 0.85)))
    return print_foam(picture, below, leaning, swell, rng)


def print_foam(
    picture: Array, below: Array, x: Array, swell: float, rng: np.random.Generator
) -> Array:
    """White fingers that hang from the crest, outlined in ink, and spray above it."""
    noise = partial(smooth_noise, rng, (H, W))
    fingers = np.abs(np.sin(38 * x + 1.5 * noise(60))) ** 0.7
    depth = swell * (0.10 + 0.42 * fingers * (1 + 0.35 * noise((200, 40))))
    inside = depth - below
    foam = (below > -0.004) & (inside > 0)
    outline = (np.abs(inside) < 0.0032) & (below > 0) | (np.abs(below) < 0.0030)
    picture = lay(picture, PAPER, foam.astype(float))
    veins = engrave(150 * below, np.clip(0.42 * (1 - inside / (depth + 1e-6)) - 0.1, 0, 0.4))
    picture = lay(picture, BLUE, foam * veins)
    picture = lay(picture, INK, outline.astype(float))
    drops = (noise(5) > 2.35) & (below < -0.008) & (below > -0.075)
    return lay(picture, PAPER, drops.astype(float))


def age(picture: Array, rng: np.random.Generator) -> Array:
    """Let the wood's grain and the paper's fibers show through."""
    noise = partial(smooth_noise, rng, (H, W))
    grain = 5.0 * noise((2, 60)) + 3.5 * noise(1.5) + 4.0 * noise(120)
    worn = (noise(3) + 0.6 * noise((3, 50)) > 3.0).astype(float)
    return lay(picture, PAPER, 0.7 * worn) + grain[..., np.newaxis]


def cut() -> Array:
    """Print the whole picture, the same one each time."""
    rng = np.random.default_rng(SEED)
    noise = partial(smooth_noise, rng, (H, W))
    y, x = np.mgrid[0:H, 0:W] / H
    x = x + 0.0012 * noise(8)  # the hand is not quite steady
    y = y + 0.0012 * noise(8)
    picture = np.broadcast_to(PAPER, (H, W, 3))
    picture = print_sky(picture, x, y, rng)
    for wave in WAVES:
        picture = print_wave(picture, x, y, wave, rng)
    return age(picture, rng)


if __name__ == "__main__":
    save(cut())
