"""Every preset's loss and gradient against a PyTorch transcription of the original system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the judges are written in PyTorch: pip install torch")

from backpaint.color.match import shown_pictures
from backpaint.presets import load_preset, preset_names, with_changes
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Recipe
from backpaint.reference.objective import ReferenceObjective
from backpaint.weights import VGGWeights

from .torch_vgg import Array, TorchVGG
from .transcriptions import TRANSCRIPTIONS

TOLERANCES = {
    np.float64: {"loss": 1e-12, "gradient": 1e-10},
    np.float32: {"loss": 1e-5, "gradient": 1e-5},
}


@pytest.fixture(scope="module")
def judge_networks(networks: dict[str, VGGWeights]) -> dict[str, TorchVGG]:
    return {name: TorchVGG(weights) for name, weights in networks.items()}


@pytest.fixture(scope="module")
def thin_judges(few_channels: dict[str, VGGWeights]) -> dict[str, TorchVGG]:
    return {name: TorchVGG(weights) for name, weights in few_channels.items()}


@dataclass(frozen=True)
class Case:
    """A preset, perhaps changed, and what its judge has to know of the change."""

    preset: str
    label: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        return with_changes(load_preset(self.preset), self.changes)

    def judge(self, *arguments: Any, **more: Any) -> tuple[float, Array]:
        options = {**self.options, **more}
        style = self.recipe.style
        if self.preset == "gatys" and style is not None:  # the paper leaves it to the user
            options["style_weight"] = style.weight
        return TRANSCRIPTIONS[self.preset](*arguments, **options)

    def __str__(self) -> str:
        return f"{self.preset} {self.label}".strip()


CASES = [
    *(Case(name) for name in TRANSCRIPTIONS if name != "tf-tutorial"),
    Case("tf-tutorial", options={"total_variation": 30.0}),
    Case("tf-tutorial", "without total variation", {"total_variation": None}),
    # Beside its style term, 4e10 times as large, an error in the content term would not show.
    Case("pytorch-adam", "content alone", {"style.weight": 0.0}, {"style_weight": 0.0}),
    Case(
        "andersbll",
        "with cuDNN",
        {"network.filters": "turned", "network.count_padding": False},
        {"cudnn": True},
    ),
]
TORCHVISION_CASES = [
    pytest.param(Case("pytorch-tutorial-0.3"), marks=pytest.mark.slow),
    pytest.param(Case("pytorch-tutorial"), marks=pytest.mark.slow),
    Case("pytorch-adam"),
]


def test_every_preset_has_its_judge():
    assert sorted(TRANSCRIPTIONS) == sorted(preset_names())


def assert_agrees(ours: Array, judged: Array, tolerance: float, what: str) -> None:
    """Compare in the maximum norm, and say where and by how much of the tolerance they differ."""
    assert ours.shape == judged.shape
    difference = np.abs(ours - judged)
    used = difference.max() / (tolerance * np.abs(judged).max())
    worst = np.unravel_index(difference.argmax(), difference.shape)
    message = (
        f"{what}: {ours[worst]:.17g} against {judged[worst]:.17g} at {tuple(map(int, worst))}, "
        f"{used:.2%} of the tolerance {tolerance}"
    )
    print(message)
    assert used <= 1, message


def compare(
    case: Case,
    weights: VGGWeights,
    judge_network: TorchVGG,
    pictures: tuple[Array, tuple[Array, ...], Array],
    shares: tuple[float, ...] = (1.0,),
) -> None:
    """Ask the judge once, then hold both precisions of the reference against it."""
    content, styles, painted = pictures
    recipe = case.recipe
    x = TRANSCRIPTIONS[case.preset].variable(painted)
    more = {"shares": shares} if len(shares) > 1 else {}
    judged_loss, judged_gradient = case.judge(judge_network, content, styles, x, **more)
    if recipe.style is None:
        styles, shares = (), ()
    _, shown = shown_pictures(content, styles, recipe.color)
    styles = tuple(style.pixels for style in shown)
    problem = Problem(recipe, weights, content, styles, shares, content.shape[:2])
    for dtype in (np.float64, np.float32):
        objective = ReferenceObjective(problem, dtype=dtype)
        loss, gradient = objective(x.ravel())
        ours = gradient.reshape(objective.shape)
        tolerance = TOLERANCES[dtype]
        name = dtype.__name__
        assert_agrees(np.array([loss]), np.array([judged_loss]), tolerance["loss"], f"{name} loss")
        assert_agrees(ours, judged_gradient, tolerance["gradient"], f"{name} gradient")


KNOW_THE_CHANNELS = ("gatys-pytorch", "gatys-2017", "pystiche")
"""Systems in which the true numbers of channels are written down."""


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.preset not in KNOW_THE_CHANNELS], ids=str
)
def test_preset_agrees_with_its_transcription(
    case, few_channels, thin_judges, content, style, painted
):
    """Channels are few, since all but those three systems take them from what they compare."""
    name = TRANSCRIPTIONS[case.preset].network
    compare(case, few_channels[name], thin_judges[name], (content, (style,), painted))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[] if case.preset in KNOW_THE_CHANNELS else pytest.mark.slow)
        for case in CASES
    ],
    ids=str,
)
def test_preset_agrees_with_its_transcription_on_real_weights(
    case, networks, judge_networks, content, style, painted
):
    name = TRANSCRIPTIONS[case.preset].network
    if case.preset in KNOW_THE_CHANNELS:
        content, style, painted = content[:19, :22], style[:17, :20], painted[:19, :22]
    compare(case, networks[name], judge_networks[name], (content, (style,), painted))


@pytest.mark.parametrize(
    ("weights", "judges"),
    [
        pytest.param("few_channels", "thin_judges", id="thin"),
        pytest.param("networks", "judge_networks", id="real", marks=pytest.mark.slow),
    ],
)
def test_two_styles_are_shared_out(weights, judges, request, content, style, other_style, painted):
    weights, judges = (request.getfixturevalue(name)["vgg19"] for name in (weights, judges))
    compare(Case("gatys"), weights, judges, (content, (style, other_style), painted), (0.3, 0.7))


@pytest.mark.parametrize("case", TORCHVISION_CASES, ids=str)
def test_pytorch_presets_on_the_weights_of_the_original(
    case, torchvision_vgg16, content, style, painted
):
    judge_network = TorchVGG(torchvision_vgg16)
    compare(case, torchvision_vgg16, judge_network, (content, (style,), painted))
