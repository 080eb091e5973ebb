"""What `weights info` tells."""

import dataclasses

import numpy as np
import pytest

from backpaint.weights import describe, load_weights
from backpaint.weights.identify import resemblance


def test_an_embedded_network():
    summary = describe(load_weights("vgg19"))
    assert summary.architecture == "VGG-19"
    assert summary.format == "embedded"
    assert summary.layers[:3] == ("conv1_1", "relu1_1", "conv1_2")
    assert summary.layers[-1] == "pool5"
    assert summary.parameters == 20_024_384
    assert summary.precision == "8 bits (a table of 256 values a layer)"
    assert summary.resembles.startswith("Oxford's VGG-19, channels BGR, filters upright")
    assert summary.activation_errors["relu3_4"] < 0.01
    assert "relu4_1" not in summary.activation_errors


def test_a_file(files, small, tmp_path):
    path = files.v5(tmp_path / "a.mat", files.matconvnet_variables(small, "new", False))
    summary = describe(load_weights(path))
    assert summary.origin == "VGG-16 from a MATLAB v5 file"
    assert summary.normalization.order == "rgb"
    assert summary.resembles.startswith("Oxford's VGG-16, channels RGB, filters upright")
    assert summary.classes == 3
    assert summary.layers[-1] == "relu2_1"
    assert not summary.has_head
    assert summary.attribution == ""
    assert summary.activation_errors == {}
    assert str(tmp_path) not in str(dataclasses.asdict(summary))


@pytest.mark.parametrize("depth", [16, 19])
@pytest.mark.parametrize("order", ["bgr", "rgb"])
@pytest.mark.parametrize("transposed", [False, True])
def test_the_arrangement_is_told_from_the_numbers(depth, order, transposed):
    filters = load_weights(f"vgg{depth}").filters["conv1_1"]
    random = np.random.default_rng(depth).standard_normal(filters.shape).astype(np.float32)
    filters = filters + 0.02 * random  # rounded or trained a little further
    filters = filters[:, :, ::-1] if order == "rgb" else filters
    found = resemblance(filters.transpose(1, 0, 2, 3) if transposed else filters)
    assert (found.depth, found.order, found.transposed) == (depth, order, transposed)
    assert 0.98 < found.correlation < 1


def test_another_training_resembles_nothing():
    random = np.random.default_rng(1).standard_normal((3, 3, 3, 64)).astype(np.float32)
    assert resemblance(random) is None
    assert resemblance(random * np.float32(1e37)) is None


def test_a_contradiction_between_format_and_numbers_is_told(files, small, tmp_path):
    """A Keras file whose first layer expects R, G, B: the format promises B, G, R."""
    swapped = dataclasses.replace(small, filters=small.rgb_filters)
    summary = describe(load_weights(files.keras(tmp_path / "a.h5", swapped)))
    assert summary.normalization.order == "bgr"
    assert "but this format's channels are BGR" in summary.resembles
