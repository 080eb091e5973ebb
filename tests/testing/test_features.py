"""`check_features`: a whole VGG in other hands, and what silently goes wrong there."""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.problem.recipe import NetworkOptions
from backpaint.testing import WrongGradient, check_features, check_preprocess
from backpaint.views.pixel_network import pixel_network
from backpaint.weights import OXFORD as TRAINED
from backpaint.weights import load_weights

from ..conftest import thin_once

VGG = thin_once("vgg16")
"""Of few channels: what is wrong is wrong in them as well."""

LAYER = "conv3_1"


def features(layer=LAYER, options=None, **normalization):
    """Somebody's network: right, or wrong in one way."""
    weights = replace(VGG, normalization=replace(TRAINED, **normalization))
    names = [row.name for row in VGG.layers]
    network = pixel_network(
        weights, VGG.layers[: names.index(layer) + 1], np.float32, options or NetworkOptions()
    )
    return lambda x: network.forward(x, [layer])[layer]


SILENT = (
    (features("relu3_1"), "it is relu3_1, after its ReLU: a ReLU that works in place"),
    (features("conv3_2"), "it is conv3_2"),
    (features(order="rgb"), "red and blue are exchanged: these weights want B, G, R"),
    (features(mean=TRAINED.mean[::-1]), "the means of red and blue are exchanged"),
    (features(order="rgb", mean=TRAINED.mean[::-1]), "and their means as well"),
    (features(mean=(0.0, 0.0, 0.0)), "the mean is not subtracted"),
    (features(scale=1 / 255), "sees pixels from 0 to 1, and was trained on 0 to 255"),
    (features(scale=256 / 255), "multiplied by 256 instead of 255"),
    (features(options=NetworkOptions(filters="transposed")), "height and width are exchanged"),
    (features(options=NetworkOptions(filters="turned")), "turned by 180 degrees"),
    (features(options=NetworkOptions(pool="average")), "average pooling instead of max"),
    (features(options=NetworkOptions(edge="ceil")), "rounds odd sizes up instead of down"),
)


@pytest.mark.parametrize(("function", "name"), SILENT, ids=[name for _, name in SILENT])
def test_a_silent_error_is_named(function, name):
    if "odd sizes" in name:  # VGG-16's conv3_1 sees 33 x 41 as 8 x 10, or as 9 x 11
        report = check_features(function, LAYER, weights=VGG, raises=False)
        assert "odd sizes are rounded the other way" in str(report)
        return
    with pytest.raises(WrongGradient, match=name):
        check_features(function, LAYER, weights=VGG)


def test_before_and_after_a_relu_are_told_apart():
    with pytest.raises(WrongGradient, match="it is conv2_1, before its ReLU"):
        check_features(features("conv2_1"), "relu2_1", weights=VGG)


def test_right_features_pass_in_any_layout():
    assert check_features(features(), LAYER, weights=VGG).ok
    assert check_features(features("pool2"), "pool2", weights=VGG).ok
    right = features("relu2_2")
    assert check_features(
        lambda x: right(x[0].transpose(1, 2, 0)).transpose(2, 0, 1)[np.newaxis],
        "relu2_2", weights=VGG, layout="NCHW",
    ).ok  # fmt: skip


def test_pytorch_with_these_weights_passes():
    torch = pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")
    functional, vgg = torch.nn.functional, load_weights("vgg16")

    def forward(x):
        y = x.flip(1) - torch.tensor([103.939, 116.779, 123.68]).reshape(1, 3, 1, 1)
        for name in ("conv1_1", "conv1_2", "pool", "conv2_1", "conv2_2", "pool", "conv3_1"):
            if name == "pool":
                y = functional.max_pool2d(y, 2)
                continue
            w = torch.tensor(vgg.filters[name]).permute(3, 2, 0, 1)
            y = functional.conv2d(y, w, torch.tensor(vgg.biases[name]), padding=1)
            if name != "conv3_1":
                y = functional.relu(y)
        return y

    options = {"weights": vgg, "layout": "NCHW", "to_array": torch.from_numpy}
    assert check_features(forward, "conv3_1", **options).ok
    with pytest.raises(WrongGradient, match="in place"):
        check_features(lambda x: functional.relu(forward(x), inplace=True), "conv3_1", **options)


def test_unknown_layers_are_refused():
    with pytest.raises(UsageError, match="layer conv3_4 is not in"):
        check_features(features(), "conv3_4", weights=VGG)


def test_right_preprocessing_passes():
    means, stds = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    bgr = np.array([103.939, 116.779, 123.68])
    assert check_preprocess(lambda x: x[:, :, ::-1] - bgr, lambda g: g[:, :, ::-1]).ok
    assert check_preprocess(
        lambda x: (x / 255 - means) / stds, lambda g: g / 255 / stds, family="torchvision"
    ).ok
