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
