"""Presets beside what the original programs printed for the same small pictures.

The programs ran in their own libraries, in float32, on a content of 96 x 64 pixels; the figures are
theirs.  The pictures and weights do not come with backpaint: without them nothing runs here, and
`test_against_pytorch.py` and `test_pictures.py` say the same without figures from elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import backpaint
from backpaint.presets import recipe
from backpaint.problem.recipe import Recipe
from backpaint.weights import VGGWeights

from .weights_of_originals import FIRST_LAYERS, SHARED, exact_to_conv3_4, in_torchvision_form

PICTURES = SHARED / "truth"
pytestmark = pytest.mark.skipif(
    not (PICTURES.exists() and FIRST_LAYERS.exists()),
    reason="the pictures of the original programs' runs are not on this machine",
)
FIRST = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
NATIVE = {"images.size": None, "initial.start": "content"}
AT_96 = {"images.size": 96, "initial.start": "content"}
TWO_ROOTS = 2 * 36 * 2.0**-24
"""A root of a root, of 36 products each in the program's float32, each rounded."""


@dataclass(frozen=True)
class Run:
    """An original program's run: its first loss, gradient's length, and a later loss."""

    preset: str
    start: float
    grad_norm: float | None = None
    later: tuple[int, float, float] | None = None
    """Which evaluation, its loss, and how near ours must be: L-BFGS without a line search soon
    goes its own way, Adam and gradient descent do not."""
    style: str = "s64_same.png"
    content: str = "c64.png"
    torchvision: bool = False
    changes: Mapping[str, Any] = field(default_factory=lambda: NATIVE)
    label: str = ""
    first_digits: float = 1e-6
    """How near the first loss must be."""

    def __str__(self) -> str:
        return f"{self.preset} {self.label}".strip()

    def recipe(self, evaluations: int) -> Recipe:
        """The preset, stopped after some evaluations."""
        made = recipe(self.preset, changes=self.changes)
        steps = {"optimizer.iterations": evaluations}
        if hasattr(made.optimizer, "iterations_per_step"):
            steps |= dict.fromkeys(
                ("optimizer.iterations_per_step", "optimizer.evaluations_per_step"), evaluations
            )
        return recipe(made, changes=steps)


RUNS = [
    Run("pytorch-tutorial", 4.09011978e11, torchvision=True),
    Run("pytorch-tutorial-0.3", 2984238592.0, 321738144.0, (20, 9794724.0, 0.03), torchvision=True),
    Run(
        "pytorch-adam", 5.2173102343e16, 1.24510968e15, (40, 4.13424318e16, 1e-5), torchvision=True
    ),
    # runs that float32 rounds differently are 2 % from their mean: bench/rounded_runs.py
    Run("gatys-pytorch", 865063616.0, 1030623.81, (20, 74981960.0, 0.06), style="s64.png"),
    Run("keras-example", 71032.4140625, 102.6521912, (2, 7186932.0, 1e-4), style="s64.png"),
    Run(
        "anishathalye",
        55670900.0,
        later=(21, 7452321.0, 5e-3),
        style="s64.png",
        # it was handed a style that had been enlarged in this way
        changes=NATIVE | {"images.filter": "bilinear", "images.rounding": "round"},
    ),
    Run(
        "neural-style-pt",
        60452936.0,
        later=(20, 7076969.5, 0.05),
        style="s64.png",
        changes=AT_96,
    ),
    Run(
        "neural-style-pt",
        60452936.0,
        later=(20, 18566602.0, 1e-4),
        style="s64.png",
        changes=AT_96 | {"optimizer": {"method": "adam", "rate": 1.0, "iterations": 1000}},
        label="with Adam",
    ),
    Run(
        "gordicaleksa",
        1.326347238506496e15,
        1.601583579136e12,
        # its next step is a cubic through losses that differ in the fifth digit of a float32
        (5, 1.323674158235648e15, 1e-6),
        style="s64.png",
    ),
    Run(
        "gordicaleksa",
        1.326347238506496e15,
        # two runs that float32 rounds differently are 7 % times the root of 2 apart, more or less:
        # bench/rounded_runs.py; that is 10 %
        later=(20, 1.28585624977408e14, 0.1),
        style="s64.png",
        label="after its searches",
    ),
    Run(
        "gordicaleksa",
        1.326347238506496e15,
        later=(20, 1.16380384886784e14, 5e-3),
        style="s64.png",
        changes=NATIVE | {"optimizer": {"method": "adam", "rate": 10.0, "iterations": 3000}},
        label="with Adam",
    ),
    Run(
        "crowsonkb",
        12366.5781,
        # every step may be as far off as the first loss
        later=(20, 7871.85303, 20 * TWO_ROOTS),
        style="s64.png",
        torchvision=True,
        changes=AT_96,
        first_digits=TWO_ROOTS,
    ),
    Run(
        "pystiche",
        4.4264834728e13,
        1.37624761e13,
        (20, 3.16880113e12, 0.02),
        style="s64.png",
        # the library alone: layers share one weight
        changes=NATIVE | {"style.divisor": "C^2", "style.layers": dict.fromkeys(FIRST, 0.2)},
        label="without the papers' weights",
    ),
]


@pytest.fixture(scope="module")
def oxford() -> VGGWeights:
    return exact_to_conv3_4()


@pytest.fixture(scope="module")
def torchvision(oxford) -> VGGWeights:
    return in_torchvision_form(oxford)


QUICK = ("pytorch-tutorial-0.3", "gatys-pytorch", "keras-example")
"""Of each library's; `test_against_pytorch.py` has every preset by default."""


@pytest.mark.parametrize(
    "run",
    [pytest.param(r, marks=[] if r.preset in QUICK else pytest.mark.slow) for r in RUNS],
    ids=str,
)
def test_first_loss_and_gradient(run, oxford, torchvision):
    objective = backpaint.objective(
        PICTURES / run.content,
        PICTURES / run.style,
        preset=run.recipe(1),
        weights=torchvision if run.torchvision else oxford,
        engine="cpu",
    )
    loss, gradient = objective(objective.initial())
    assert loss == pytest.approx(run.start, rel=run.first_digits)
    if run.grad_norm is not None:  # one ReLU that rounding decides the other way moves it by 2e-5
        assert np.linalg.norm(gradient) == pytest.approx(run.grad_norm, rel=5e-5)


@pytest.mark.slow
@pytest.mark.parametrize("run", [run for run in RUNS if run.later], ids=str)
def test_a_later_loss(run, oxford, torchvision):
    evaluation, theirs, tolerance = run.later
    painting = backpaint.paint(
        PICTURES / run.content,
        PICTURES / run.style,
        preset=run.recipe(evaluation),
        weights=torchvision if run.torchvision else oxford,
        engine="cpu",
    )
    assert painting.history[evaluation - 1].loss == pytest.approx(theirs, rel=tolerance)


def test_terms_of_neural_style_pt(oxford):
    """As its first report prints them."""
    objective = backpaint.objective(
        PICTURES / "c64.png",
        PICTURES / "s64.png",
        preset=recipe("neural-style-pt", changes=AT_96),
        weights=oxford,
        engine="cpu",
    )
    terms = objective.terms(objective.initial())
    printed = (29481.43359375, 813146.1875, 684564.1875, 58815112.0, 110243.265625)
    assert terms["content relu4_2"] == 0
    assert [terms[f"style {layer}"] for layer in FIRST] == pytest.approx(printed, rel=1e-6)


def test_tf_tutorial_but_for_its_jpeg_decoding(oxford):
    """TensorFlow decodes the style with another transform: pixels handed over give 902669504."""
    photographs = SHARED / "images"
    objective = backpaint.objective(
        photographs / "chelsea.png",
        photographs / "starry_night.jpg",
        preset=recipe("tf-tutorial", size=96, changes={"total_variation": None}),
        weights=oxford,
        engine="cpu",
    )
    loss, gradient = objective(objective.initial())
    assert objective.shape == (63, 96, 3)
    assert loss / 902669504.0 - 1 == pytest.approx(-1.7e-3, abs=1e-4)
    assert np.linalg.norm(gradient) == pytest.approx(211614448.0, rel=2e-3)
