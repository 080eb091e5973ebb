"""What the guide shows: each figure a row of paintings, each painting a change of one setting.

`paint.py` paints them.  A caption is what one would add to the command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regions import eyes, half, slope

from backpaint import Masks
from backpaint.examples import example_path
from backpaint.presets import load_preset, preset_names

SIZE, ITERATIONS, STYLE_WEIGHT = 200, 100, 250.0
PRESET_SIZE, MOST_ITERATIONS = 160, 100
"""Of the presets' figure: many want thousands of iterations."""
WITH_CONTROL, FEWER_ITERATIONS = (
    ("backpaint", "pastiche", "cysmith", "gatys-2017", "gordicaleksa", "titu1994-improved",
     "crowsonkb"),
    60,
)  # fmt: skip
"""Presets that need colors, scales, statistics or line searches of their own: another figure."""
STYLE = "swirls"
MATCHED_WEIGHT = 2000.0
"""Where the style has the photograph's colors: less contrast, and smaller losses."""
SMALL = {"size": 140, "iterations": 50}
"""For figures of many paintings of one thing."""
ALONE = {
    "relu1_1": "1e6", "relu2_1": "3e3", "relu3_1": "3e3", "relu4_1": "50", "relu5_1": "1e6",
}  # fmt: skip
"""Layers of style, and weights at which each alone pulls at the photograph as five do at 250."""
STATISTICS = {
    "gram": "250", "covariance": "500", "mean-deviation": "4e6",
    "wasserstein": "1e6", "sliced": "4e6", "histogram": "4e6",
}  # fmt: skip
FINE, COARSE = ("relu1_1", "relu2_1"), ("relu3_1", "relu4_1", "relu5_1")
"""Layers that see grain and edges, and those that see whole strokes."""


@dataclass(frozen=True)
class Cell:
    """One painting of a figure: the cat in some style, with the settings that it shows.

    Attributes
    ----------
    caption, remark : str
        What stands below it; without a remark, the loss.
    options, changes : mapping
        Of `backpaint.paint`.
    styles : tuple of str
    """

    caption: str
    options: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    styles: tuple[str, ...] = (STYLE,)
    remark: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of `backpaint.paint`, besides the content."""
        styles = [example_path(name) for name in self.styles]
        changes = {} if "preset" in self.options else {"style.weight": STYLE_WEIGHT}
        given = {"style": styles, "changes": changes | self.changes}
        usual = {"preset": "gatys", "size": SIZE, "iterations": ITERATIONS}
        return given | usual | self.options


def of_preset(name: str, most: int = MOST_ITERATIONS) -> Cell:
    """Paint as a preset does, at the guide's size."""
    recipe = load_preset(name)
    own = recipe.optimizer.iterations
    iterations = min(own, most)
    told = f"{name}, {iterations} of {own}" if iterations < own else name
    changes = {} if recipe.scales is None else {"scales.iterations": most}
    return Cell(told, {"preset": name, "size": PRESET_SIZE, "iterations": iterations}, changes)


FIGURES: dict[str, tuple[Cell, ...]] = {
    "iterations": tuple(
        Cell(f"--iterations {count}", {"iterations": count}) for count in (3, 10, 30, 100, 200)
    ),
    "style_weight": tuple(
        Cell(f"--style-weight {weight}", changes={"style.weight": float(weight)})
        for weight in ("1e1", "1e2", "1e3", "1e4", "1e5")
    ),
    "size": tuple(
        Cell(f"--size {size} --style-weight {weight:g}", {"size": size}, {"style.weight": weight})
        for weights in ((250.0, 250.0, 250.0), (62.5, 250.0, 1000.0))
        for size, weight in zip((100, 200, 400), weights, strict=True)
    ),
    "style_layers": (
        *(
            Cell(
                f"--style-layers {layer}",
                changes={"style.layers": {layer: 1.0}, "style.weight": float(weight)},
                remark=f"--style-weight {weight}",
            )
            for layer, weight in ALONE.items()
        ),
        Cell("all five of them", remark="--style-weight 250"),
    ),
    "content_layers": tuple(
        Cell(layer, changes={"content.layers": {layer: 1.0}})
        for layer in ("relu1_2", "relu2_2", "relu3_2", "relu4_2", "relu5_2")
    ),
    "style_scale": tuple(
        Cell(f"images.style_scale={scale}", changes={"images.style_scale": scale})
        for scale in (0.5, 1.0, 2.0)
    ),
    "start": (
        Cell("--init content", {"init": "content"}),
        Cell("--init noise", {"init": "noise"}),
        Cell("--init noise --iterations 300", {"init": "noise", "iterations": 300}),
        Cell("--init swirls.jpg", {"init": example_path(STYLE)}),
    ),
    "color": (
        Cell("--color style", {"color": "style"}),
        Cell("--color keep", {"color": "keep"}),
        Cell(
            f"--color match --style-weight {MATCHED_WEIGHT:g}",
            {"color": "match"},
            {"style.weight": MATCHED_WEIGHT},
        ),
        Cell(
            f"--color luma --style-weight {MATCHED_WEIGHT:g}",
            {"color": "luma"},
            {"style.weight": MATCHED_WEIGHT},
        ),
    ),
    "layers_of_styles": tuple(
        Cell(
            caption,
            {"style_layers": [dict.fromkeys(group, 1 / len(group)) for group in groups] or None},
            styles=("swirls", "mosaic"),
        )
        for caption, groups in {
            "both in all layers": (),
            "fine swirls, coarse mosaic": (FINE, COARSE),
            "coarse swirls, fine mosaic": (COARSE, FINE),
        }.items()
    ),
    "regions": tuple(
        Cell(caption, {"masks": masks}, styles=styles)
        for caption, masks, styles in (
            ("--mask left.png", Masks([half()]), ("swirls", "mosaic")),
            ("--mask slope.png", Masks([slope()]), ("swirls", "mosaic")),
            ("--only without_eyes.png", Masks(only=1 - eyes()), ("swirls",)),
        )
    ),
    "statistics": tuple(
        Cell(
            f"--set style.statistic={statistic}",
            changes={"style.statistic": statistic, "style.weight": float(weight)},
            remark=f"--style-weight {weight}",
        )
        for statistic, weight in STATISTICS.items()
    ),
    "matches": tuple(
        Cell(
            f"color.style={way}",
            SMALL,
            {"color.style": way, "style.weight": MATCHED_WEIGHT},
        )
        for way in ("transport", "root", "histogram")
    ),
    "penalties": (
        Cell("no penalty"),
        Cell(
            "--tv-weight 100",
            changes={"total_variation.kind": "squared", "total_variation.weight": 100.0},
        ),
        Cell("--set range.weight=1e6", changes={"range.weight": 1e6}),
        *(
            Cell(
                f"--set laplacian.weight={weight}",
                changes={"laplacian.weight": float(weight), "laplacian.pools": pools},
                remark=f"--set laplacian.pools={pools}",
            )
            for weight, pools in (("1e7", [4]), ("1e8", [4]), ("1e8", [16]))
        ),
    ),
    "several": tuple(
        Cell(f"--style-shares {a},{b}", {"style_shares": (a, b)}, styles=("swirls", "mosaic"))
        for a, b in ((1.0, 0.0), (0.7, 0.3), (0.5, 0.5), (0.3, 0.7), (0.0, 1.0))
    ),
    "styles": tuple(
        Cell(f"{name}.jpg", styles=(name,)) for name in ("swirls", "mosaic", "woodcut")
    ),
    "smooth": (
        Cell("no total variation"),
        *(
            Cell(
                f"--tv-weight {weight}",
                changes={"total_variation.kind": "squared", "total_variation.weight": weight},
            )
            for weight in (1, 10, 100)
        ),
    ),
    "presets": tuple(of_preset(name) for name in preset_names() if name not in WITH_CONTROL),
    "presets_with_control": tuple(of_preset(name, FEWER_ITERATIONS) for name in WITH_CONTROL),
}
"""By the name of the figure's file."""
