"""Channels and filters: what is drawn is what the network has, in the right order and colors."""

import numpy as np
import pytest

import backpaint
from backpaint.errors import UsageError
from backpaint.reference.gram import gram_forward
from backpaint.views.pixel_network import pixel_network
from backpaint.views.receptive_field import pixel_gradient, receptive_field, strongest_place
from backpaint.views.view import shrunken
from backpaint.weights import load_weights

from ..conftest import thin_once

MEAN = (123.68, 116.779, 103.939)


@pytest.fixture(scope="module")
def vgg():
    return load_weights("vgg19")


def test_channels_are_the_networks_strongest_first(cat, vgg):
    maps = backpaint.look(cat, "conv2_1", top=7)
    expected = pixel_network(vgg).forward(cat, ("conv2_1",))["conv2_1"]
    assert np.array_equal(maps.values, expected)
    diagonal = np.diag(gram_forward(expected.astype(float), expected[:, :, 0].size))
    np.testing.assert_allclose(maps.strengths**2, diagonal, rtol=1e-6)
    assert maps.channels == tuple(np.argsort(-diagonal)[:7])


def test_the_network_sees_pixels_as_it_was_trained(cat, vgg):
    """conv1_1 by hand: B, G, R minus their means."""
    maps = backpaint.look(cat, "conv1_1", channels=[5])
    patch = (cat - MEAN)[9:12, 19:22, ::-1]
    by_hand = np.sum(patch * vgg.filters["conv1_1"][:, :, :, 5]) + vgg.biases["conv1_1"][5]
    assert maps.values[10, 20, 5] == pytest.approx(by_hand, rel=1e-4)


def test_a_filter_has_the_colors_that_it_answers_to(cat, vgg):
    """Its patch is the gradient of its answer with respect to R, G, B."""
    filters = backpaint.look_at_filters("conv1_1", channels=[3, 29])
    network = pixel_network(vgg, vgg.layers[:1])
    values = network.forward(cat, ("conv1_1",))
    gradient = pixel_gradient(network, values, (10, 20, 29))
    np.testing.assert_allclose(gradient[9:12, 19:22], filters.patches[1], rtol=1e-6)
    assert np.count_nonzero(gradient) == 27


@pytest.mark.parametrize("layer", ["conv1_2", "relu2_2", "pool2", "conv3_1"])
def test_a_receptive_field_holds_all_that_a_number_depends_on(layer, cat):
    vgg = thin_once("vgg19")
    names = [row.name for row in vgg.layers]
    layers = vgg.layers[: names.index(layer) + 1]
    network = pixel_network(vgg, layers, np.float64)
    values = network.forward(cat, (layer,))
    height, width, channels = values[layer].shape
    reached = np.zeros(cat.shape[:2], bool)
    for channel in range(channels):  # some ReLUs are shut; together they reach everything
        gradient = pixel_gradient(network, values, (height // 2, width // 2, channel))
        reached |= gradient.any(axis=2)
    for axis, index in ((0, height // 2), (1, width // 2)):
        first, end = receptive_field(index, layers, cat.shape[axis])
        along = np.flatnonzero(reached.any(axis=1 - axis))
        assert (along[0], along[-1] + 1) == (first, end)


def test_the_strongest_answer_is_found(cat, vgg):
    answers = backpaint.look_at_filters("relu2_1", cat, top=3)
    maps = backpaint.look(cat, "relu2_1", top=3)
    assert answers.channels == maps.channels
    values = maps.values[:, :, maps.channels[0]]
    place, window = strongest_place(values, vgg.layers[:7], cat.shape)
    assert values[place] == values.max()
    assert answers.patches[0].shape == cat[window].shape
    assert np.array_equal(answers.parts[0], cat[window])


def test_large_pictures_shrink_and_small_ones_stay(cat):
    assert shrunken(cat, 21).pixels.shape == (18, 21, 3)
    assert shrunken(cat, 512).pixels is not None
    assert np.array_equal(shrunken(cat, 512).pixels, cat)


@pytest.mark.parametrize("scale", ["own", "common"])
@pytest.mark.parametrize("layer", ["conv3_1", "relu3_1"])
def test_sheets_are_drawn(cat, layer, scale):
    sheet = backpaint.look(cat, layer, top=5, scale=scale).sheet()
    assert sheet.dtype == np.uint8
    colors = sheet @ np.array([65536, 256, 1])
    assert len(np.unique(colors)) > 200


def test_a_silent_channel_is_drawn_too():
    sheet = backpaint.look(np.zeros((16, 16, 3)), "relu1_1", channels=[0], scale="common").sheet()
    assert sheet.ndim == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda cat: backpaint.look(cat, "conv9_1"),
            "layer conv9_1 is not in",
        ),
        (lambda cat: backpaint.look(cat, "conv1_1", channels=[64]), "choose from 0 to 63"),
        (lambda cat: backpaint.look(cat, "conv1_1", channels=[]), "choose from 0 to 63"),
        (lambda cat: backpaint.look(cat, "conv1_1", top=0), "expected a whole number, 1 or more"),
        (lambda cat: backpaint.look(cat[:5], "conv5_1"), "leaves nothing for conv5_1"),
        (lambda cat: backpaint.look(cat, scale="log"), "expected own or common"),
        (lambda cat: backpaint.look(cat, size=0), "expected a whole number, 1 or more"),
        (lambda cat: backpaint.look_at_filters("conv2_1"), "give a picture"),
        (lambda cat: backpaint.look_at_filters("relu5_1", cat[:5]), "leaves nothing for relu5_1"),
        (lambda cat: backpaint.look_at_edges(cat, "laplace"), "expected highpass or sobel"),
        (lambda cat: backpaint.look_at_edges([]), "give at least one"),
    ],
)
def test_wrong_use_is_one_sentence(call, message, cat):
    with pytest.raises(UsageError, match=message):
        call(cat)
