"""Make `mosaic.jpg`: a window of colored glass, lit from behind, in dark lead.

    python docs/style_pictures/mosaic.py OUTPUT.jpg

The panes are the Voronoi cells of points on jittered rings around a sun; space is bent a little
first, so that the lead runs in curves.  Each pane has its own glass: a hue by ring, streaks, a
gradient, and light that fades toward the lead.
"""

from functools import partial

import numpy as np
from canvas import HEIGHT, WIDTH, Array, rgb, save, smooth_noise
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

H, W = 2 * HEIGHT, 2 * WIDTH
SEED = 8

CENTER = np.array([0.50, 0.47])  # x, y in shares of the height
RING_STEP = 0.062
LEAD = 0.0042
PETALS = 8
COUNT = 16  # rings of panes
GLASS = [  # the glasses of a ring, the first more often, from the sun outward
    ["#fff6cf", "#ffe68a", "#fff0b0"],
    ["#ffdc5e", "#ffc233", "#fff0b0"],
    ["#ffb020", "#ff8a14", "#ffd75e"],
    ["#f4511e", "#ff8a14", "#e02b20"],
    ["#d81e2c", "#b01030", "#f4511e"],
    ["#a3123f", "#d81e2c", "#6d1a6e"],
    ["#24309f", "#4a1f8a", "#1c52cf"],
    ["#1c52cf", "#24309f", "#1f86e0"],
    ["#1f86e0", "#1c52cf", "#35b8d9"],
    ["#35b8d9", "#8fdfe0", "#14a08f"],
    ["#ffc233", "#ffe68a", "#ff8a14"],
    ["#d81e2c", "#a3123f", "#f4511e"],
    ["#24309f", "#1c52cf", "#4a1f8a"],
    ["#1c52cf", "#1f86e0", "#24309f"],
    ["#14a08f", "#35b8d9", "#0d6b5e"],
    ["#ffb020", "#ffdc5e", "#f4511e"],
    ["#a3123f", "#6d1a6e", "#d81e2c"],
    ["#24309f", "#1c52cf", "#14a08f"],
]


def pane_centers(rng: np.random.Generator) -> tuple[Array, Array]:
    """Place points on rings; also tell each one's ring, which petals push in and out."""
    points, rings = [CENTER], [0.0]
    for ring in range(1, COUNT):
        radius = RING_STEP * (ring - 0.1)
        count = round(2 * np.pi * radius / (RING_STEP * (0.95 if ring % 2 else 1.5)))
        first = rng.uniform(0, 2 * np.pi)
        for turn in range(count):
            angle = first + 2 * np.pi * (turn + rng.uniform(-0.24, 0.24)) / count
            distance = radius + RING_STEP * rng.uniform(-0.2, 0.2)
            points.append(CENTER + distance * np.array([np.cos(angle), np.sin(angle)]))
            rings.append(ring + min(ring / 3, 1.5) * np.cos(PETALS * angle))
    return np.array(points), np.array(rings)


def cut_panes(rng: np.random.Generator, centers: Array) -> tuple[Array, Array, Array]:
    """Tell for each pixel its pane, the distance to the lead, and the place inside the pane."""
    noise = partial(smooth_noise, rng, (H, W))
    y, x = np.mgrid[0:H, 0:W] / H
    bent = np.stack([x + 0.007 * noise(40), y + 0.007 * noise(40)], axis=-1)  # (H, W, 2)
    distance, nearest = cKDTree(centers).query(bent, k=2)  # (H, W, 2)
    pane = nearest[..., 0]
    apart = np.linalg.norm(centers[nearest[..., 1]] - centers[pane], axis=-1)
    to_lead = (distance[..., 1] ** 2 - distance[..., 0] ** 2) / (2 * apart)
    return pane, to_lead, bent - centers[pane]


def choose_glass(rng: np.random.Generator, rings: Array) -> Array:
    """Choose a color (0..1) for each pane out of the glasses of its ring."""
    rows = np.clip(np.rint(rings), 0, len(GLASS) - 1).astype(int)
    names = [rng.choice(GLASS[row], p=[0.6, 0.25, 0.15]) for row in rows]
    colors = rgb(names) / 255
    return np.clip(colors * rng.uniform(0.82, 1.12, (len(rings), 1)), 0, 1)


def shine_through(
    rng: np.random.Generator, glass: Array, to_lead: Array, inside: Array, pane: Array
) -> Array:
    """Light the panes from behind: gradients, streaks, and a fall-off toward the lead."""
    noise = partial(smooth_noise, rng, (H, W))
    tilt = rng.normal(0, 4.0, (pane.max() + 1, 2))[pane]
    gradient = (inside * tilt).sum(axis=-1)
    turned = rng.random(pane.max() + 1)[pane] < 0.5
    streaks = np.where(turned, noise((3, 24)), noise((24, 3)))
    streaks = 0.075 * streaks + 0.04 * noise(5) + 0.07 * noise(26)
    seeds = np.clip(noise(2.2) - 2.7, 0, None)  # small bubbles
    edge = 1 - np.exp(-np.clip(to_lead - LEAD, 0, None) / 0.009)
    brightness = (0.62 + 0.5 * edge) * (1 + gradient + streaks)
    lit = glass[pane] * brightness[..., np.newaxis]
    whiter = np.clip(0.42 * edge**2 * (0.6 + gradient + 3 * streaks), 0, 0.55) + 0.3 * seeds
    return lit + (1 - lit) * whiter[..., np.newaxis] * 0.75


def set_in_lead(rng: np.random.Generator, lit: Array, to_lead: Array) -> Array:
    """Lay rounded, uneven lead over the joints, catching a little light from the upper left."""
    noise = partial(smooth_noise, rng, (H, W))
    width = LEAD * (1 + 0.22 * noise(18))
    across = np.clip(to_lead / width, 0, 1)
    height = np.sqrt(1 - across**2) * width * H
    slope_y, slope_x = np.gradient(gaussian_filter(height, 0.8))
    sheen = np.clip(-(slope_x + slope_y) * 0.16, -0.05, 0.3) + 0.03 * noise(1.5)
    lead = np.array([0.085, 0.08, 0.095]) + np.clip(sheen, -0.04, 0.3)[..., np.newaxis]
    cover = np.clip((width - to_lead) * H / 1.5 + 0.5, 0, 1)[..., np.newaxis]
    return cover * lead + (1 - cover) * lit


def make() -> Array:
    """Make the whole window, the same one each time."""
    rng = np.random.default_rng(SEED)
    centers, rings = pane_centers(rng)
    pane, to_lead, inside = cut_panes(rng, centers)
    lit = shine_through(rng, choose_glass(rng, rings), to_lead, inside, pane)
    window = set_in_lead(rng, lit, to_lead)
    glow = gaussian_filter(np.clip(window - 0.55, 0, None), (14, 14, 0))
    return 255 * np.clip(window + 0.5 * glow, 0, 1)


if __name__ == "__main__":
    save(make())
