"""Masks in a checkpoint: the run goes on with them, to the bit."""

import numpy as np
import pytest

import backpaint
from backpaint.checkpoint.contents import read_checkpoint
from backpaint.examples import example_path
from backpaint.painting.diary.plot import plot_losses

from .runs import METHODS, require_same, stopped, wanted

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


@pytest.mark.parametrize(
    ("masks", "scale"),
    [*(([MASK, None], scale) for scale in (0, 1, 2)), (backpaint.Masks(only=MASK), 1)],
    ids=["two styles, 0", "two styles, 1", "two styles, 2", "only, 1"],
)
def test_masks_come_back_at_every_size(masks, scale, tmp_path):
    changes = {"scales.sizes": [12, 16], "scales.iterations": 2}
    arguments = wanted("adam", iterations=2, size=24, masks=masks, changes=changes)
    arguments["style"] = STYLES
    file = tmp_path / "run.backpaint"
    stopped(file, 2 * scale + 1, every=1, **arguments)
    assert read_checkpoint(file).facts.scale == scale
    require_same(backpaint.resume(file), backpaint.paint(**arguments))


MIDDLE, EDGE = np.zeros((2, 300, 451))
MIDDLE[:, 45:405], EDGE[:, 443:] = 1, 1
LAYERS = {"style.layers": {"relu1_1": 1.0, "relu2_1": 1.0}}


@pytest.mark.parametrize(
    ("mask", "how", "lacking", "after"),
    [(MIDDLE, "inside", [0], 1), (EDGE, "average", [2], 5)],
    ids=["stopped where it lacks one", "and where none lacks"],
)
def test_a_size_may_lack_a_term_that_another_has(mask, how, lacking, after, tmp_path):
    changes = LAYERS | {"scales.sizes": [12, 16], "scales.iterations": 2}
    changes |= {"masks.propagate": how}
    arguments = wanted("adam", iterations=2, size=25, masks=[mask], changes=changes)
    file, plot = tmp_path / "run.backpaint", tmp_path / "plot.svg"
    whole = backpaint.paint(**arguments)
    without = {one.scale for one in whole.history if "style relu2_1" not in one.terms}
    assert without == {*lacking}
    stopped(file, after, every=1, **arguments)
    resumed = backpaint.resume(file)
    require_same(resumed, whole)
    plot_losses(resumed.history, plot, "of all sizes")
    assert "style relu2_1" in plot.read_text()


def test_what_is_to_be_told_of_a_smaller_size_names_it():
    changes = LAYERS | {"scales.sizes": [12, 16], "scales.iterations": 1}
    changes |= {"masks.propagate": "inside"}
    arguments = wanted("adam", iterations=1, size=25, masks=[MIDDLE], changes=changes)
    notes = backpaint.paint(**arguments).metadata["notes"]
    assert any(n.startswith("at the size 12 ") and "empty at relu2_1" in n for n in notes)
    arguments["changes"] = changes | {"style.layers": {"relu2_1": 1.0}} | METHODS["adam"]
    with pytest.raises(backpaint.UsageError, match=r"at the size 12 .*, the region of style 1"):
        backpaint.paint(**arguments)
