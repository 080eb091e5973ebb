"""Draw how strongly each term pulls at each pixel, at the start: gradient_per_tap.png."""

import numpy as np
from sheet import CAT, SWIRLS, magnitude, panels, save

import backpaint
from backpaint.presets import load_preset

SIZE = 160


def gradient_of(changes: dict[str, object]) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Differentiate one term alone, a little beside the content, where it has a slope."""
    objective = backpaint.objective(CAT, SWIRLS, size=SIZE, changes=changes)
    noise = np.random.default_rng(0).normal(scale=8.0, size=objective.initial().shape)
    return objective(objective.initial() + noise)[1], objective.shape


def main() -> None:
    """Draw the content and a panel for each term."""
    style = load_preset("gatys").style
    maps, captions = [], []
    for layer, weight in style.layers.items():
        gradient, shape = gradient_of({"content.weight": 0.0, "style.layers": {layer: weight}})
        maps.append(magnitude(gradient, shape))
        captions.append(f"style {layer}: {np.linalg.norm(gradient):.1e}")
    gradient, shape = gradient_of({"style.weight": 0.0})
    maps.append(magnitude(gradient, shape))
    captions.append(f"content relu4_2: {np.linalg.norm(gradient):.1e}")
    save(panels(maps, captions, columns=3), "gradient_per_tap")


if __name__ == "__main__":
    main()
