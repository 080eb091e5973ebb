"""Compute each preset's loss and gradient at its start on a small picture: start_values.json."""

import json
from pathlib import Path

import numpy as np

import backpaint
from backpaint.engine.engine import Engine
from backpaint.examples import example_path
from backpaint.presets import preset_names

HERE = Path(__file__).parent
DOUBLE = backpaint.Reference(dtype="float64")


def facts(preset: str, engine: Engine = DOUBLE) -> dict[str, object]:
    """Evaluate one preset with the built-in pictures at the size 64."""
    style = None if preset == "caffe-content" else example_path("swirls")
    objective = backpaint.objective(
        example_path("cat"),
        style,
        preset=preset,
        size=64,
        engine=engine,
    )
    start = np.reshape(objective.initial(), objective.shape)
    found = objective.evaluate(start)
    return {
        "height": objective.shape[0],
        "width": objective.shape[1],
        "terms": {name: float(f"{value:.9g}") for name, value in found.terms.items()},
        "loss": float(f"{found.loss:.9g}"),
        "grad_norm": float(f"{np.linalg.norm(found.gradient):.9g}"),
    }


def main() -> None:
    """Compute all."""
    found = {name: facts(name) for name in preset_names()}
    (HERE / "start_values.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
