"""Masks in a checkpoint: the run goes on with them, to the bit."""

import numpy as np
import pytest

import backpaint
from backpaint.checkpoint.contents import read_checkpoint
from backpaint.examples import example_path

from .runs import require_same, stopped, wanted

MASK = np.linspace(0, 1, 451) * np.ones((300, 1))
STYLES = [example_path("swirls"), example_path("mosaic")]


@pytest.mark.parametrize("masks", [[MASK], backpaint.Masks([None, MASK], keep=MASK, only=1 - MASK)])
def test_a_run_with_masks_goes_on_with_them(masks, tmp_path):
    arguments = wanted(iterations=4, engine=backpaint.CPU(threads=2), masks=masks)
    arguments["style"] = STYLES
    file = tmp_path / "run.backpaint"
    whole = backpaint.paint(**arguments)
    stopped(file, 3, **arguments)
    require_same(backpaint.resume(file), whole)
    assert read_checkpoint(file).facts.masks.painted in (("array", "rest"), (None, "array"))


@pytest.mark.parametrize("scale", [0, 1, 2])
@pytest.mark.parametrize(
    "masks", [[MASK, None], backpaint.Masks(only=MASK)], ids=["two styles", "only"]
)
def test_masks_come_back_at_every_size(masks, scale, tmp_path):
    changes = {"scales.sizes": [12, 16], "scales.iterations": 2}
    arguments = wanted("adam", iterations=2, size=24, masks=masks, changes=changes)
    arguments["style"] = STYLES
    file = tmp_path / "run.backpaint"
    stopped(file, 2 * scale + 1, every=1, **arguments)
    assert read_checkpoint(file).facts.scale == scale
    require_same(backpaint.resume(file), backpaint.paint(**arguments))
