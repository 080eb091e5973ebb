"""Losses that original systems printed for pictures that anyone can get, painted anew.

Minutes of work; `bench/published.py` goes further and writes bench/results/published.md.
"""

import runpy
from pathlib import Path

import pytest

from .weights_of_originals import SHARED

BENCH = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "published.py"))
PICTURES = SHARED / "published"
EXACT_VGG16 = SHARED / "weights" / "vgg16_caffe_fp32.npz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (PICTURES.exists() and EXACT_VGG16.exists()),
        reason="the pictures of the published runs are not on this machine",
    ),
]


def test_two_rounds_of_the_article_with_scipys_lbfgs():
    """Starts from different noise differ by 3 % after one round."""
    losses = BENCH["losses_of_rounds"](PICTURES, EXACT_VGG16)
    assert losses == pytest.approx(list(BENCH["ROUNDS"]), rel=0.04)


def test_the_fiftieth_line_of_gatys_notebook():
    """Averaged pictures give 16 % less, another rounding of the same ones up to 6 %."""
    losses = BENCH["losses_of_evaluations"](PICTURES, 49)
    assert losses[48] == pytest.approx(BENCH["EVALUATIONS"][49], rel=0.08)
