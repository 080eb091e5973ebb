"""What `weights info` tells."""

import dataclasses

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.reference.conv import conv_forward
from backpaint.weights import describe, load_weights
from backpaint.weights.identity.resemblance import resemblance

from .files.keras_files import write_keras
from .files.matconvnet_files import matconvnet_variables, write_v5


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


def test_a_file(small, tmp_path):
    path = write_v5(tmp_path / "a.mat", matconvnet_variables(small, "new", False))
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


MISTAKES = {
    "upright": lambda filters: filters,
    "transposed": lambda filters: filters.transpose(1, 0, 2, 3),
    "turned": lambda filters: filters[::-1, ::-1],
    "mirrored left": lambda filters: filters[:, ::-1],
    "mirrored top": lambda filters: filters[::-1],
}


@pytest.mark.parametrize("depth", [16, 19])
@pytest.mark.parametrize("order", ["bgr", "rgb"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_arrangement_is_told_from_the_numbers(depth, order, mistake):
    filters = load_weights(f"vgg{depth}").filters["conv1_1"]
    random = np.random.default_rng(depth)
    filters = filters + 0.02 * random.standard_normal(filters.shape).astype(np.float32)
    filters = filters * random.uniform(0.01, 10, 64).astype(np.float32)  # as Gatys scaled his
    filters = filters[:, :, ::-1] if order == "rgb" else filters
    found = resemblance(np.ascontiguousarray(MISTAKES[mistake](filters)))
    assert (found.depth, found.order) == (depth, order)
    assert found.arrangement.startswith(mistake)
    assert 0.9 < found.correlation < 1
    assert not found.permuted


def test_permuted_filters():
    filters = load_weights("vgg19").filters["conv1_1"]
    order = np.random.default_rng(3).permutation(64)
    found = resemblance(filters[..., order])
    assert found.permuted
    assert (found.depth, found.order, found.arrangement) == (19, "bgr", "upright")


@pytest.mark.parametrize("mistake", [*list(MISTAKES)[1:], "permuted"])
def test_a_contradiction_is_refused_unless_trusted(mistake, small, tmp_path):
    change = MISTAKES.get(mistake, lambda filters: filters[..., ::-1])
    wrong = {name: np.ascontiguousarray(change(array)) for name, array in small.filters.items()}
    path = write_keras(tmp_path / "a.h5", dataclasses.replace(small, filters=wrong))
    says = "in another order" if mistake == "permuted" else f"its filters are {mistake}"
    with pytest.raises(UsageError, match=says):
        load_weights(path)
    weights = load_weights(path, trust=True)
    assert np.array_equal(weights.filters["conv1_2"], wrong["conv1_2"])
    assert "but" in describe(weights).resembles


def test_a_later_layer_may_be_wrong_alone(small, tmp_path):
    turned = small.filters | {"conv2_1": small.filters["conv2_1"][::-1, ::-1].copy()}
    path = write_keras(tmp_path / "a.h5", dataclasses.replace(small, filters=turned))
    with pytest.raises(UsageError, match=r"its filters of conv2_1 are turned by 180 degrees"):
        load_weights(path)
    summary = describe(load_weights(path, trust=True))
    assert "but its filters of conv2_1 are turned" in summary.resembles
    assert summary.differences["conv1_2"] == 0
    assert summary.differences["conv2_1"] > 1


def test_a_network_made_of_two_is_refused(small, up_to_conv3_4, tmp_path):
    """Layers named after VGG-19's, and a first one that is VGG-16's."""
    mixed = up_to_conv3_4.filters | {"conv1_1": small.filters["conv1_1"]}
    path = write_keras(tmp_path / "a.h5", dataclasses.replace(up_to_conv3_4, filters=mixed))
    with pytest.raises(UsageError, match=r"its first layer is that of VGG-16, and its others"):
        load_weights(path)
    assert load_weights(path, trust=True).depth == 19


def test_a_network_with_exchanged_axes_paints_the_transposed_picture(small):
    """Why nobody notices: filters transposed, on a transposed image, give the transposed result."""
    image = np.random.default_rng(1).standard_normal((6, 7, 3))
    filters, bias = small.filters["conv1_1"].astype(np.float64), small.biases["conv1_1"]
    upright = conv_forward(image, filters, bias)
    transposed = conv_forward(
        np.ascontiguousarray(image.transpose(1, 0, 2)),
        np.ascontiguousarray(filters.transpose(1, 0, 2, 3)),
        bias,
    )
    assert np.allclose(transposed.transpose(1, 0, 2), upright, rtol=0, atol=1e-12)


def test_how_close_the_numbers_are(small, tmp_path):
    same = describe(load_weights("vgg16")).resembles
    assert same.endswith("the numbers of the embedded network")
    for factor, says in [(1.001, "the same numbers up to rounding"), (3, "filters scaled")]:
        scaled = dataclasses.replace(
            small,
            filters=small.filters | {"conv1_1": small.filters["conv1_1"] * np.float32(factor)},
            biases={name: bias * np.float32(factor) for name, bias in small.biases.items()},
        )
        path = write_keras(tmp_path / f"{factor}.h5", scaled)
        assert says in describe(load_weights(path)).resembles


def test_another_training_resembles_nothing():
    random = np.random.default_rng(1).standard_normal((3, 3, 3, 64)).astype(np.float32)
    assert resemblance(random) is None
    assert resemblance(random * np.float32(1e37)) is None


def test_a_contradiction_between_format_and_numbers_is_told(small, tmp_path):
    """A Keras file whose first layer expects R, G, B: the format promises B, G, R."""
    swapped = dataclasses.replace(small, filters=small.rgb_filters)
    path = write_keras(tmp_path / "a.h5", swapped)
    with pytest.raises(UsageError, match="its channels are RGB instead of BGR"):
        load_weights(path)
    summary = describe(load_weights(path, trust=True))
    assert summary.normalization.order == "bgr"
    assert summary.resembles.endswith("but its channels are RGB instead of BGR")
