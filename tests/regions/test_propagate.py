"""Masks at layers, held against the real network: what a position sees, by changing pixels."""

import numpy as np
import pytest

from backpaint.presets import load_preset
from backpaint.problem.feature_sizes import feature_sizes
from backpaint.problem.pixels import network_input_map
from backpaint.problem.recipe import NetworkOptions
from backpaint.reference.network import Network
from backpaint.regions import at_layers
from backpaint.vgg import layer_table
from backpaint.weights import load_weights

OPTIONS = [
    NetworkOptions(pool="max"),
    NetworkOptions(pool="average", edge="ceil"),
    NetworkOptions(pool="overlapping-average"),
]
LAYERS = layer_table(16)[:15]
TAPS = ["conv1_1", "relu1_2", "pool1", "relu2_2", "pool2", "relu3_1"]
SIZE = (29, 34)


def seen_by(network, changed):
    """Say, layer by layer, which positions see a pixel of a set."""
    base = np.full((*SIZE, 3), 300.0)
    rng = np.random.default_rng(0)
    other = base + changed[..., np.newaxis] * (1 + 10 * rng.random((*SIZE, 3)))
    one, two = network.forward(base, TAPS), network.forward(other, TAPS)
    return {tap: (one[tap] != two[tap]).any(axis=2) for tap in TAPS}


def network_of_positive_filters(options):
    """Make a network in which no dead ReLU hides what is seen."""
    recipe, weights = load_preset("gatys"), load_weights("vgg16")
    network = Network(
        LAYERS, weights, options, network_input_map(recipe, weights.normalization), np.float64
    )
    for name in network.filters:
        network.filters[name] = np.abs(network.filters[name]) + 1e-3
        network.biases[name] = np.abs(network.biases[name]) + 1
    return network


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: f"{options.pool} {options.edge}")
def test_inside_and_touching_are_what_positions_see(options):
    mask = np.zeros(SIZE)
    mask[:25, 3:] = 1
    mask[23, 5] = 0
    network = network_of_positive_filters(options)
    inside, touching = (at_layers(mask, LAYERS, options, how) for how in ("inside", "touching"))
    outsider, insider = seen_by(network, 1 - mask), seen_by(network, mask)
    for tap in TAPS:
        np.testing.assert_array_equal(inside[tap] == 1, ~outsider[tap], err_msg=tap)
        np.testing.assert_array_equal(touching[tap] == 1, insider[tap], err_msg=tap)
    assert 0 < inside["relu3_1"].sum() < touching["relu3_1"].sum()
    assert touching["relu1_2"].sum() < touching["relu1_2"].size


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: f"{options.pool} {options.edge}")
@pytest.mark.parametrize("how", ["average", "inside", "touching"])
def test_masks_have_the_sizes_of_features_and_ones_stay_ones(options, how):
    masks = at_layers(np.ones((7, 5)), LAYERS, options, how)
    sizes = feature_sizes(LAYERS, options, (7, 5))
    assert {name: mask.shape for name, mask in masks.items()} == sizes
    assert all(np.all(mask == 1) for mask in masks.values())


def test_averages_add_up_as_masks_do():
    first, second = np.random.default_rng(1).random((2, 13, 11)) / 2
    options = OPTIONS[1]
    one, other, both = (
        at_layers(m, LAYERS, options, "average") for m in (first, second, first + second)
    )
    for layer in both:
        np.testing.assert_allclose(one[layer] + other[layer], both[layer], atol=1e-15)


def test_a_dropped_row_counts_nowhere_and_a_row_alone_by_itself():
    mask = np.zeros((3, 2))
    mask[2] = 1
    floor, ceil = (
        at_layers(mask, LAYERS[:5], NetworkOptions(edge=edge), "average")["pool1"]
        for edge in ("floor", "ceil")
    )
    assert floor.tolist() == [[0.0]]
    assert ceil.tolist() == [[0.0], [1.0]]
