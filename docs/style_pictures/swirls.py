"""Paint `swirls.jpg`: a night of whorls in thick strokes that follow a turbulent flow.

    python docs/style_pictures/swirls.py OUTPUT.jpg

The flow is the curl of a stream function (noise plus a vortex around each light), so strokes never
run into each other.  Strokes are laid from broad to fine, each with its own bristles, which carry
paint and leave grooves; at the end the relief of all grooves is lit from the upper left.
"""

from functools import partial

import numpy as np
from canvas import HEIGHT, WIDTH, Array, rgb, save, smooth_noise
from scipy.ndimage import gaussian_filter

H, W = 2 * HEIGHT, 2 * WIDTH
SEED = 19

NIGHT = ["#0b1437", "#14266b", "#1d46a3", "#2f6fc4", "#1a2f7d", "#5a9bd0", "#0f1d52", "#9cc9d6"]
LIGHT = ["#fff3c4", "#f9d66b", "#eeb32f", "#d9822b", "#f4e3a1", "#8fc2c9", "#3f7fc0", "#20499c"]
EARTH = ["#0a1a2b", "#123a3c", "#1d5a4d", "#0d2440", "#3f7d58", "#b98a2e", "#0b1c33", "#27506b"]
LIGHTS = [  # x, y, radius (shares of the height), turn
    (0.25, 0.27, 0.115, 1.0),
    (0.69, 0.47, 0.150, -1.0),
    (1.08, 0.20, 0.135, 1.0),
    (0.43, 0.70, 0.050, 1.0),
    (0.10, 0.62, 0.065, -1.0),
    (0.60, 0.11, 0.055, -1.0),
    (1.13, 0.60, 0.070, -1.0),
    (0.92, 0.74, 0.040, 1.0),
]
GLOW = 0.3
"""Nearness of a light from which on its own palette is used."""
LAYERS = [  # number of strokes, length and width in pixels, share that is kept where there is light
    (2600, 130, 26, 1.0),
    (5200, 90, 14, 1.0),
    (7000, 64, 8, 0.8),
    (4500, 40, 5, 0.45),
]


def scene(rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Angle of the flow, and what the colors follow: bands, nearness of a light, ground."""
    noise = partial(smooth_noise, rng, (H, W))
    y, x = np.mgrid[0:H, 0:W] / H
    turbulence = 0.035 * noise(90) + 0.010 * noise(36) + 0.35 * y
    whorls = np.zeros((H, W))
    light, rings = np.zeros((H, W)), np.zeros((H, W))
    for center_x, center_y, radius, turn in LIGHTS:
        distance = np.hypot(x - center_x, y - center_y) / radius
        whorls += turn * 1.7 * radius * np.exp(-((distance / 1.6) ** 2))
        glow = np.exp(-((distance / 1.25) ** 2))
        nearer = glow > light
        light = np.maximum(light, glow)
        rings[nearer] = distance[nearer]
    horizon = 0.84 + 0.05 * np.sin(4.1 * x + 0.6) + 0.025 * np.sin(11 * x)
    ground = 1 / (1 + np.exp(-(y - horizon) / 0.006))
    stream = whorls + turbulence * (1 - 0.85 * light) + 0.5 * ground * (y - horizon)
    slope_y, slope_x = np.gradient(stream)
    angle = np.arctan2(-slope_x, slope_y)
    bands = 34 * stream + 0.5 * noise(14)
    return angle, np.where(light > GLOW, 5.0 * rings, bands), light, ground


def stroke_color(rng: np.random.Generator, band: float, light: float, ground: float) -> Array:
    """Choose the paint for a stroke: a color of the palette that its place calls for."""
    position = int(np.floor(band + rng.normal(0, 0.38)))
    if ground <= 0.5 and light > GLOW:  # rings: the palette once, from the center outward
        colors = rgb(LIGHT)
        index = int(np.clip(position, 0, len(colors) - 1))
        neighbor = min(index + 1, len(colors) - 1)
    else:  # bands: the palette again and again
        colors = rgb(EARTH if ground > 0.5 else NIGHT)
        index = position % len(colors)
        neighbor = (index + 1) % len(colors)
    mix = rng.uniform(0, 0.35)
    return (1 - mix) * colors[index] + mix * colors[neighbor] + rng.normal(0, 5, 3)


def streamline(angle: Array, x: float, y: float, length: float) -> tuple[Array, Array, Array]:
    """Follow the flow both ways from a point, one pixel a step."""
    halves = []
    for direction in (-1.0, 1.0):
        points, px, py = [], x, y
        for _ in range(int(length / 2)):
            row, column = int(py) % H, int(px) % W
            heading = angle[row, column]
            px += direction * np.cos(heading)
            py += direction * np.sin(heading)
            points.append((px, py, heading))
        halves.append(points)
    line = np.array(halves[0][::-1] + [(x, y, angle[int(y), int(x)])] + halves[1])
    return line[:, 0], line[:, 1], line[:, 2]


def lay_stroke(
    rng: np.random.Generator,
    canvas: Array,
    relief: Array,
    line: tuple[Array, Array, Array],
    width: float,
    color: Array,
) -> None:
    """Drag a loaded brush along a line: bristles differ in paint, pressure and reach."""
    x, y, heading = (np.repeat(part, 2) for part in line)  # half a pixel a step
    x = gaussian_filter(x, 3, mode="nearest")
    y = gaussian_filter(y, 3, mode="nearest")
    along = np.linspace(0, 1, len(x))[:, np.newaxis]  # (steps, 1)
    across = np.linspace(-1, 1, int(width * 2.4))  # (bristles,)
    bristles = gaussian_filter(rng.standard_normal(len(across)), 1.1)
    bristles /= np.abs(bristles).max() + 1e-9
    reach = 0.07 * gaussian_filter(rng.standard_normal((2, len(across))), (0, 1.5))
    start = 0.02 + 0.10 * across**2 + reach[0]
    end = 0.93 - 0.14 * across**2 + reach[1]
    touched = (along > start) & (along < end)
    dry = along > end - 0.25 - 0.2 * rng.random()
    touched &= ~(dry & (bristles < -0.45))
    half = width / 2 * np.sqrt(np.clip(np.minimum(along / 0.12, (1.02 - along) / 0.2), 0.05, 1))
    px = np.rint(x[:, np.newaxis] - np.sin(heading)[:, np.newaxis] * across * half).astype(int)
    py = np.rint(y[:, np.newaxis] + np.cos(heading)[:, np.newaxis] * across * half).astype(int)
    touched &= (px >= 0) & (px < W) & (py >= 0) & (py < H)
    shade = 1 + 0.13 * bristles + 0.05 * np.sin(6 * along)  # (steps, bristles)
    lift = np.exp(-((along - end) ** 2) / 0.002)  # paint that stays where the brush leaves
    ridge = 0.55 + 0.6 * bristles + 0.7 * across**4 + 0.5 * lift
    rows, columns = py[touched], px[touched]
    paint = np.clip(color * shade[touched][:, np.newaxis], 0, 255)
    canvas[rows, columns] = 0.12 * canvas[rows, columns] + 0.88 * paint
    relief[rows, columns] = 0.35 * relief[rows, columns] + ridge[touched] * width**0.5


def light_relief(canvas: Array, relief: Array) -> Array:
    """Shade the grooves by a lamp at the upper left, with a little gloss on the crests."""
    relief = gaussian_filter(relief, 0.9)
    slope_y, slope_x = np.gradient(relief)
    facing = -(slope_x + 1.25 * slope_y)
    diffuse = 1 + 0.30 * np.tanh(0.55 * facing)
    gloss = 46 * np.clip(np.tanh(0.5 * facing) - 0.55, 0, None)
    return canvas * diffuse[:, :, np.newaxis] + gloss[:, :, np.newaxis]


def paint() -> Array:
    """Paint the whole picture, the same one each time."""
    rng = np.random.default_rng(SEED)
    angle, bands, light, ground = scene(rng)
    canvas = np.where(light[:, :, np.newaxis] > GLOW, rgb(LIGHT[2:3]), rgb(NIGHT[1:2]))
    relief = np.zeros((H, W))
    for count, length, width, keep in LAYERS:
        for _ in range(count):
            x, y = rng.uniform(0, W - 1), rng.uniform(0, H - 1)
            row, column = int(y), int(x)
            near = light[row, column]
            if rng.random() > keep + near:
                continue
            size = 1 - 0.45 * near
            color = stroke_color(rng, bands[row, column], near, ground[row, column])
            line = streamline(angle, x, y, length * size * rng.uniform(0.6, 1.3))
            lay_stroke(rng, canvas, relief, line, width * size * rng.uniform(0.75, 1.25), color)
    return light_relief(canvas, relief)


if __name__ == "__main__":
    save(paint())
