"""A whole VGG: taps, gradients at any set of taps, gradients of filters."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest

from backpaint.check.operations.kinks import network_piece, smooth_step
from backpaint.problem.orientation import oriented
from backpaint.problem.pixels import BGR, RGB, NetworkInputMap
from backpaint.problem.recipe import NetworkOptions
from backpaint.reference.network import Network
from backpaint.reference.relu import relu_forward
from backpaint.reference.softmax import cross_entropy_backward, cross_entropy_forward
from backpaint.vgg import Layer
from backpaint.vgg_weights import VGGWeights
from backpaint.weights import load_weights

from ..tolerances import DIRECTIONAL_DERIVATIVE, OPERATION, STEP, WHOLE_GRADIENT
from .thin import CHANNELS, ThinWeights, thin_table, thin_weights

Close = Callable[..., None]
DOUBLE, SINGLE = WHOLE_GRADIENT["float64"], WHOLE_GRADIENT["float32"]
TO_BGR = NetworkInputMap((1.0, 2.0, 0.5), (-0.5, 0.0, 0.25), BGR)
SIMPLE = NetworkInputMap((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), RGB)
OPTIONS = (
    NetworkOptions(pool="max", edge="floor"),
    NetworkOptions(pool="max", edge="ceil", filters="transposed"),
    NetworkOptions(pool="average", edge="floor", filters="turned"),
    NetworkOptions(pool="average", edge="ceil"),
    NetworkOptions(pool="overlapping-average", count_padding=False),
    NetworkOptions(pool="overlapping-average", count_padding=True),
    NetworkOptions(pool="average", edge="ceil", first_padding="edge"),
)
TAPS = ("conv1_1", "relu1_1", "pool1", "conv2_2", "relu2_2", "pool2")


def beginning(last: str, table: Sequence[Layer] | None = None) -> tuple[Layer, ...]:
    """Take the layers of a thin VGG-19 up to one."""
    rows = tuple(table or thin_table(19))
    return rows[: [row.name for row in rows].index(last) + 1]


def thin_network(
    last: str = "pool2",
    options: NetworkOptions = OPTIONS[0],
    input_map: NetworkInputMap = TO_BGR,
    dtype: Any = np.float64,
) -> Network:
    return Network(beginning(last), thin_weights(), options, input_map, dtype)


def picture(height: int, width: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((height, width, 3))


def random_gradients(values: dict[str, Any], taps: Collection[str]) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {tap: rng.standard_normal(values[tap].shape) for tap in taps}


@pytest.fixture
def torch_network() -> ModuleType:
    pytest.importorskip("torch", reason="PyTorch is the judge: pip install '.[crosscheck]'")
    from . import torch_network

    return torch_network


def compare_with_autograd(
    judge: ModuleType,
    close: Close,
    weights: VGGWeights,
    layers: tuple[Layer, ...],
    options: NetworkOptions,
    x: Any,
    taps: Collection[str],
) -> None:
    """Compare taps, and the gradients of picture, filters and biases."""
    import torch

    ours = Network(layers, weights, options, TO_BGR)
    values = ours.forward(x, taps)
    gradients = random_gradients(values, taps)
    theirs = judge.TorchNetwork(layers, weights, options, TO_BGR)
    leaf = judge.leaf(x)
    expected = theirs.forward(leaf)
    torch.autograd.backward(
        [expected[tap] for tap in taps], [torch.tensor(gradients[tap]) for tap in taps]
    )
    where = f"{options.pool}, {x.shape[0]} x {x.shape[1]}, {len(layers)} layers"
    for tap in taps:
        close(f"{where}: {tap}", values[tap], expected[tap].detach().numpy(), DOUBLE)
    close(f"{where}: picture", ours.backward(values, gradients), leaf.grad.numpy(), DOUBLE)
    grad_filters, grad_biases = ours.backward_filters(values, gradients)
    for found, leaves in ((grad_filters, theirs.filters), (grad_biases, theirs.biases)):
        assert found.keys() == leaves.keys()
        for name, gradient in found.items():
            close(f"{where}: filters of {name}", gradient, leaves[name].grad.numpy(), DOUBLE)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", [(4, 4), (9, 7), (5, 12)])
def test_thin_network_agrees_with_autograd(options, shape, torch_network, close):
    compare_with_autograd(
        torch_network, close, thin_weights(), beginning("pool2"), options, picture(*shape), TAPS
    )


def test_head_agrees_with_autograd(torch_network, close):
    weights = thin_weights(16, head=True)
    taps = ("relu5_3", "fc6", "relu7", "fc8")
    compare_with_autograd(
        torch_network, close, weights, weights.layers, OPTIONS[0], picture(224, 224), taps
    )


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        pytest.param("vgg19", (21, 17), OPTIONS[3], marks=pytest.mark.slow),
        pytest.param("vgg19", (35, 43), OPTIONS[0], marks=pytest.mark.slow),
        ("vgg16", (21, 17), NetworkOptions(pool="max", edge="ceil")),
        pytest.param("vgg16", (16, 33), OPTIONS[5], marks=pytest.mark.slow),
    ],
)
def test_real_network_agrees_with_autograd(name, shape, options, torch_network, close):
    weights = load_weights(name)
    layers = beginning("relu4_2", weights.layers)
    taps = ("relu1_1", "conv2_2", "relu2_2", "pool3", "conv4_2", "relu4_2")
    compare_with_autograd(
        torch_network, close, weights, layers, options, 60 * picture(*shape), taps
    )


def test_keeps_taps_and_what_the_backward_pass_needs():
    network = thin_network("conv2_1")
    kept = list(network.forward(picture(4, 6), ("conv1_2",)))
    assert kept == ["input", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1"]


def test_a_convolution_and_its_relu_are_two_things():
    values = thin_network().forward(picture(4, 6), TAPS)
    assert (values["conv1_1"] < 0).any()
    np.testing.assert_array_equal(values["relu1_1"], relu_forward(values["conv1_1"]))


def test_taps_do_not_change_what_is_computed():
    network, x = thin_network(), picture(9, 7)
    few, many = network.forward(x, ()), network.forward(x, TAPS)
    for name, value in few.items():
        np.testing.assert_array_equal(value, many[name])


def test_input_is_preprocessed():
    x = picture(4, 4)
    values = thin_network().forward(x, ())
    expected = (x * TO_BGR.scale + TO_BGR.offset)[..., ::-1]
    np.testing.assert_array_equal(values["input"], expected)


def test_gradients_of_several_taps_add_up():
    network = thin_network()
    values = network.forward(picture(9, 7), TAPS)
    gradients = random_gradients(values, TAPS)
    each = sum(network.backward(values, {tap: gradients[tap]}) for tap in TAPS)
    np.testing.assert_allclose(network.backward(values, gradients), each, rtol=1e-10, atol=1e-12)


def test_gradients_stay_as_they_are():
    network = thin_network()
    values = network.forward(picture(9, 7), TAPS)
    gradients = random_gradients(values, TAPS)
    for array in (*values.values(), *gradients.values()):
        array.setflags(write=False)
    network.backward(values, gradients)
    network.backward_filters(values, gradients)


def test_no_gradient_gives_zeros():
    network = thin_network()
    values = network.forward(picture(9, 7), TAPS)
    assert not network.backward(values, {}).any()
    assert network.backward_filters(values, {}) == ({}, {})


def test_weights_of_the_right_type_are_not_copied():
    weights = thin_weights()
    network = Network(weights.layers, weights, OPTIONS[0], TO_BGR, np.float32)
    for name, w in network.filters.items():
        assert np.shares_memory(w, weights.filters[name])
        assert np.shares_memory(network.biases[name], weights.biases[name])


def test_no_layers_leave_the_preprocessed_picture():
    network, x = Network((), thin_weights(), OPTIONS[0], TO_BGR), picture(4, 6)
    values = network.forward(x, ())
    assert list(values) == ["input"]
    np.testing.assert_array_equal(network.backward(values, {}), np.zeros_like(x))


def test_filters_beyond_the_deepest_tap_have_no_gradient():
    network = thin_network()
    values = network.forward(picture(9, 7), ("relu1_2",))
    grad_filters, grad_biases = network.backward_filters(
        values, random_gradients(values, ("relu1_2",))
    )
    assert list(grad_filters) == list(grad_biases) == ["conv1_1", "conv1_2"]


def test_gradients_of_one_layer_are_those_on_the_way_back():
    """At its output what comes to it, at its input what goes on: of the first one, the picture."""
    network, x = thin_network("relu1_1", input_map=SIMPLE), picture(4, 5)
    values = network.forward(x, ("conv1_1", "relu1_1"))
    gradients = random_gradients(values, ("relu1_1",))
    grad_y, grad_x = network.layer_gradients(values, gradients, "relu1_1")
    assert grad_y is gradients["relu1_1"]
    before, own = network.layer_gradients(values, gradients, "conv1_1")
    np.testing.assert_array_equal(grad_x, before)
    np.testing.assert_array_equal(before, grad_y * (values["relu1_1"] > 0))
    np.testing.assert_array_equal(own, network.backward(values, gradients))


def test_unknown_tap_is_named():
    network = thin_network()
    values = network.forward(picture(4, 4), ())
    with pytest.raises(ValueError, match=r"gradients for \['relu9_9'\], which this network"):
        network.backward(values, {"relu9_9": np.zeros(1)})


def test_head_needs_its_own_size():
    weights = thin_weights(head=True)
    network = Network(weights.layers, weights, OPTIONS[0], SIMPLE)
    message = r"fc6 needs a picture of 224 x 224 pixels; its input is 7 numbers instead of 343"
    with pytest.raises(ValueError, match=message):
        network.forward(picture(32, 32), ())


def test_classifier_is_differentiated_to_the_picture(close):
    weights = thin_weights(head=True)
    network = Network(weights.layers, weights, NetworkOptions(pool="average"), SIMPLE)
    x, label = picture(224, 224), 3

    def loss(moved: Any) -> float:
        return cross_entropy_forward(network.forward(moved, ())["fc8"], label)

    values = network.forward(x, ())
    gradient = network.backward(values, {"fc8": cross_entropy_backward(1.0, values["fc8"], label)})
    v = gradient / np.abs(gradient).max()
    step = smooth_step(partial(network_piece, network), x, v, STEP, STEP / 1e4)
    assert step > 0
    slope = (loss(x + step * v) - loss(x - step * v)) / (2 * step)
    close("classifier", slope, np.sum(gradient * v), DIRECTIONAL_DERIVATIVE)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_directional_derivative(options, close):
    network = thin_network("relu2_2", options)
    taps = TAPS[:-1]
    skipped = 0
    for seed in range(10):
        x = picture(7, 5, seed)
        values = network.forward(x, taps)
        gradients = random_gradients(values, taps)
        gradient = network.backward(values, gradients)
        v = np.copysign(picture(7, 5, seed + 100), gradient)
        step = smooth_step(partial(network_piece, network), x, v, STEP, STEP / 64)
        if step == 0:
            skipped += 1
            continue
        ahead, behind = (network.forward(x + sign * step * v, taps) for sign in (1, -1))
        slope = sum(
            np.sum((ahead[tap] - behind[tap]) * gradients[tap]) / (2 * step) for tap in taps
        )
        close(str(options), slope, np.sum(gradient * v), DIRECTIONAL_DERIVATIVE)
    assert skipped <= 1


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_float32_stays_float32(options, close):
    x = picture(9, 7).astype(np.float32)
    single = thin_network(options=options, dtype=np.float32)
    double = thin_network(options=options)
    values, expected = single.forward(x, TAPS), double.forward(x, TAPS)
    gradients = random_gradients(expected, TAPS)
    narrow = {tap: gradient.astype(np.float32) for tap, gradient in gradients.items()}
    assert all(value.dtype == np.float32 for value in values.values())
    gradient = single.backward(values, narrow)
    assert gradient.dtype == np.float32
    close("picture", gradient, double.backward(expected, gradients), SINGLE)
    found = single.backward_filters(values, narrow)
    for ours, theirs in zip(found, double.backward_filters(expected, gradients), strict=True):
        for name, array in ours.items():
            assert array.dtype == np.float32
            close(name, array, theirs[name], SINGLE)


@pytest.mark.parametrize("options", [OPTIONS[0], OPTIONS[3]], ids=str)
def test_transposed_filters_see_the_transposed_picture(options, close):
    x, last = picture(9, 7), "relu2_2"
    upright = thin_network(last, options).forward(x, ())[last]
    other = NetworkOptions(pool=options.pool, edge=options.edge, filters="transposed")
    found = thin_network(last, other).forward(x.transpose(1, 0, 2), ())[last]
    close(last, found.transpose(1, 0, 2), upright, OPERATION["float64"])


@pytest.mark.parametrize("pool", ["max", "average"])
def test_turned_filters_see_the_turned_picture(pool, close):
    x, last = picture(8, 12), "relu3_1"  # two pools divide these sides without a rest
    upright = thin_network(last, NetworkOptions(pool=pool)).forward(x, ())[last]
    other = NetworkOptions(pool=pool, filters="turned")
    found = thin_network(last, other).forward(x[::-1, ::-1], ())[last]
    close(last, found[::-1, ::-1], upright, OPERATION["float64"])


def test_matrices_are_not_turned():
    w = np.arange(6.0).reshape(2, 3)
    for filters in ("upright", "transposed", "turned"):
        assert oriented(w, NetworkOptions(filters=filters)) is w


class TrueHead(ThinWeights):
    """A classifier of true size behind thin convolutions; the last ones have true size as well."""

    channels: ClassVar[Mapping[int, int]] = CHANNELS | {
        size: size for size in (512, 7 * 7 * 512, 4096, 1000)
    }


@pytest.mark.slow
def test_true_head(torch_network, close):
    """The classifier of VGG-16 in its true size."""
    weights = thin_weights(16, head=True, kind=TrueHead)
    assert weights.filters["fc6"].shape == (25088, 4096)
    x = picture(224, 224)
    compare_with_autograd(
        torch_network, close, weights, weights.layers, OPTIONS[0], x, ("relu5_3", "fc8")
    )
