"""Paint with wrong gradients on purpose: mistakes.png, and how wrong they are in docs/mistakes.md.

Each mistake replaces one function of the reference's network while a picture is painted by Adam.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from sheet import CAT, HERE, SWIRLS, magnitude, panels, save

import backpaint
from backpaint.reference import average_pool, conv, gram, network, terms

PAGE = HERE.parent / "mistakes.md"
BEGIN, END = "<!-- written by docs/pictures/mistakes.py -->", "<!-- end -->"
SIZE, ITERATIONS, RATE = 96, 100, 5.0
STYLE_WEIGHT = 30.0  # at this small size the default leaves little of the cat


def turned_not_at_all(grad_y: Any, w: Any) -> Any:
    """Forget to turn the filters."""
    return conv.conv_forward(grad_y, w.transpose(0, 1, 3, 2), np.zeros(w.shape[2], w.dtype))


def without_border(grad_y: Any, w: Any) -> Any:
    """Leave the outermost pixels without a gradient."""
    grad_x = np.zeros((*grad_y.shape[:2], w.shape[2]), w.dtype)
    grad_x[1:-1, 1:-1] = conv.conv_backward_input(grad_y, w)[1:-1, 1:-1]
    return grad_x


def to_the_corner(grad_y: Any, x: Any, edge: Any) -> Any:
    """Give the four shares of each window to its top left pixel."""
    grad_x = average_pool.average_pool_backward(grad_y, x, edge)
    corner = np.zeros_like(grad_x)
    corner[::2, ::2] = 4 * grad_x[::2, ::2]
    return corner


Patch = tuple[Any, str, Callable[..., Any]]
MISTAKES: dict[str, Patch | dict[str, Any]] = {
    "right": {},
    "half a product rule": (
        terms, "gram_backward", lambda r, x, d: gram.gram_backward(r, x, d) / 2,
    ),
    "border dropped": (network, "conv_backward_input", without_border),
    "red and blue exchanged": (
        network, "preprocess_backward", lambda grad_y, scale, order: grad_y.copy(),
    ),
    "filters read transposed": {"network.filters": "transposed"},
    "channels fed in reverse": {"input.oxford.swap_channels": True},
    "pool: all to one pixel": (network, "average_pool_backward", to_the_corner),
    "filters not turned": (network, "conv_backward_input", turned_not_at_all),
}  # fmt: skip
"""A function to replace, or, where forward and backward make the mistake alike, recipe's keys."""


@contextmanager
def made(mistake: Patch | dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Make a mistake for a while; give what must be changed in the recipe for it."""
    if isinstance(mistake, dict):
        yield mistake
        return
    with patch.object(*mistake):
        yield {}


def table(facts: dict[str, dict[str, float]]) -> str:
    """Write what was measured as Markdown."""
    lines = ["| | cosine with the right gradient | its length | loss at the end |"]
    lines.append("|---|---:|---:|---:|")
    for name, found in facts.items():
        end = f"{found['loss']:.1%}" if found["loss"] < 1 else "higher than at the start"
        lines.append(f"| {name} | {found['cosine']:.2f} | {found['length']:.2f} | {end} |")
    return "\n".join(lines)


def write_table(facts: dict[str, dict[str, float]]) -> None:
    """Put the table into its page."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END, maxsplit=1)
    page = f"{before}{BEGIN}\n\n{table(facts)}\n\n{END}{after}"
    PAGE.write_text(page, encoding="utf-8")


def main() -> None:
    """Paint all, and measure each gradient at the start against the right one."""
    adam = {"optimizer.method": "adam", "optimizer.rate": RATE, "optimizer.iterations": ITERATIONS}
    options: dict[str, Any] = {"size": SIZE, "engine": "reference"}
    weaker = {"style.weight": STYLE_WEIGHT}
    objective = backpaint.objective(CAT, SWIRLS, changes=weaker, **options)
    right = objective(objective.initial())[1]
    pictures, maps, facts = [], [], {}
    for name, mistake in MISTAKES.items():
        with made(mistake) as changes:
            changes = weaker | changes
            wrong = backpaint.objective(CAT, SWIRLS, changes=changes, **options)
            gradient = wrong(wrong.initial())[1]
            painting = backpaint.paint(
                CAT, SWIRLS, preset="gatys", changes=adam | changes, **options
            )
        length, product = np.linalg.norm(gradient), float(gradient @ right)
        facts[name] = {
            "cosine": product / float(length * np.linalg.norm(right)),
            "length": float(length / np.linalg.norm(right)),
            "loss": painting.loss / painting.history[0].loss,
        }
        print(name, facts[name], flush=True)
        pictures.append(painting.image)
        maps.append(magnitude(gradient, objective.shape))
    save(panels(pictures, list(MISTAKES), columns=4, width=9), "mistakes")
    save(panels(maps, list(MISTAKES), columns=4, width=9), "mistakes_gradients")
    (HERE / "mistakes.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    write_table(facts)


if __name__ == "__main__":
    main()
