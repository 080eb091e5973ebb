"""Write what a preset says into its page: formula, constants, quirks, numbers to compare with.

    python docs/systems/tables.py [--check]

Everything between the two markers of a page is written from the preset's TOML file; with
``--check`` nothing is written, and a page that is not in step is an error.
"""

import json
import sys
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from formulas import (
    NORMALIZED,
    content_formula,
    laplacian_formula,
    range_formula,
    style_formula,
    variation_formula,
)

from backpaint.presets import load_preset, preset_names
from backpaint.problem.flat import entries, written
from backpaint.problem.recipe import Recipe

HERE = Path(__file__).parent
BEGIN, END = "<!-- written by docs/systems/tables.py -->", "<!-- end -->"


def block(name: str) -> str:
    """Write everything that is generated for one preset."""
    recipe = load_preset(name)
    parts = [formula(recipe), constants(name), remarks(recipe), command(recipe), numbers(name)]
    return "\n\n".join(part for part in parts if part)


def formula(recipe: Recipe) -> str:
    """Write the loss, one line a term."""
    lines = [
        write(term)
        for write, term in (
            (content_formula, recipe.content),
            (style_formula, recipe.style),
            (variation_formula, recipe.total_variation),
            (laplacian_formula, recipe.laplacian),
            (range_formula, recipe.range),
        )
        if term is not None
    ]
    joined = r" \\ &+ ".join(lines)
    if recipe.style is not None and recipe.style.l1_epsilon is not None:
        joined += rf" \\ & {NORMALIZED}"
    return "$$\n\\begin{aligned} L = {} &" + joined + "\n\\end{aligned}\n$$"


def constants(name: str) -> str:
    """Write a table of every key that the preset's file sets."""
    text = resources.files("backpaint.presets").joinpath(f"{name}.toml").read_text("utf-8")
    lines = ["## Constants", "", "| key | value |", "|---|---|"]
    rows = entries(tomllib.loads(text), whole={"layers"})
    lines += [f"| `{key}` | {_shown(value)} |" for key, value in rows]
    return "\n".join(lines)


def remarks(recipe: Recipe) -> str:
    """Write quirks, disagreements and substitutions as lists."""
    parts = []
    for title, items in (
        ("Quirks", recipe.quirks),
        ("Where loss and gradient disagree", recipe.disagreements),
        ("Weights", recipe.substitutions),
    ):
        if items:
            parts.append("\n".join([f"## {title}", "", *(f"- {item}" for item in items)]))
    if not recipe.disagreements:
        parts.append("The loss that is reported is the function whose gradient is followed.")
    return "\n\n".join(parts)


def command(recipe: Recipe) -> str:
    """Write the commands that run it."""
    job = "paint photo.jpg style.jpg"
    if recipe.style is None:
        job = f"reconstruct photo.jpg --layer {next(iter(recipe.content.layers))}"
    return (
        "## Run it\n\n"
        f"    backpaint {job} -o painting.png --preset {recipe.name}\n"
        f"    backpaint presets {recipe.name}"
    )


def numbers(name: str) -> str:
    """Write the loss at the start of a small problem, to compare an implementation with."""
    facts = json.loads((HERE / "start_values.json").read_text(encoding="utf-8"))[name]
    pictures = 'example_path("cat"), example_path("swirls")'
    if name == "caffe-content":
        pictures = 'example_path("cat")'
    rows = [f"| {term} | {value:.6g} |" for term, value in facts["terms"].items()]
    return "\n".join([
        "## Numbers to compare with",
        "",
        "At `x = objective.initial()`, with the built-in pictures, weights and seed 0:",
        "",
        "    from backpaint.examples import example_path",
        "    objective = backpaint.objective(",
        f'        {pictures}, preset="{name}", size=64,',
        '        engine=backpaint.Reference(dtype="float64"),',
        "    )",
        "",
        f"| {facts['height']} x {facts['width']} pixels | |",
        "|---|---:|",
        *rows,
        f"| loss | {facts['loss']:.6g} |",
        f"| length of the gradient | {facts['grad_norm']:.6g} |",
    ])  # fmt: skip


def _shown(value: Any) -> str:
    """Write numbers short, and layers as a list."""
    if isinstance(value, dict):
        return ", ".join(f"{layer} {weight:g}" for layer, weight in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:.12g}"
    return written(value).replace("|", r"\|")  # that would end the table's cell


def in_step(page: Path) -> str:
    """Give a page's text with its generated part as it should be."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{block(page.stem)}\n\n{END}{after}"


def main() -> None:
    """Write all pages, or look whether they are in step."""
    pages = [HERE / f"{name}.md" for name in preset_names()]
    late = [page for page in pages if in_step(page) != page.read_text(encoding="utf-8")]
    if "--check" in sys.argv:
        names = ", ".join(page.name for page in late)
        sys.exit(f"out of step: {names}; run python docs/systems/tables.py" if late else 0)
    for page in late:
        page.write_text(in_step(page), encoding="utf-8")


if __name__ == "__main__":
    main()
