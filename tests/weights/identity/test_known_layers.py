"""Networks that begin as Oxford's and go wrong further on: each layer and mistake is told.

Every one of them paints.
"""

from dataclasses import replace

import numpy as np
import pytest

from backpaint.vgg_weights import OXFORD
from backpaint.weights.identity.contradiction import contradiction

from ..files.networks import first_layers

FACTOR = np.float32(3)


@pytest.fixture(scope="module")
def network():
    """The first layers of VGG-19, among them two of the same shape, square ones and others."""
    return first_layers("vgg19", "conv3_3")


def judged(network, filters=None, biases=None):
    return contradiction(network.filters | (filters or {}), network.biases | (biases or {}), OXFORD)


def random_like(array):
    random = np.random.default_rng(0).standard_normal(array.shape, dtype=np.float32)
    return random * array.std()


def changed(array, place, value):
    copy = array.copy()
    copy[place] = value
    return copy


FILTERS = {
    "transposed": lambda w: w.transpose(1, 0, 2, 3),
    "turned by 180 degrees": lambda w: w[::-1, ::-1],
    "mirrored left to right": lambda w: w[:, ::-1],
    "negated": np.negative,
    "zero": np.zeros_like,
    "scaled by 3": lambda w: w * FACTOR,
    "scaled by 1e-30": lambda w: w * np.float32(1e-30),
    "in another order": lambda w: w[..., ::-1],
    r"in another order ": lambda w: w[:, :, ::-1],
    "not Oxford's": random_like,
    "damaged: filter 7 is not Oxford's": lambda w: changed(w, np.s_[..., 7], 0),
    "damaged: filter 5 is not Oxford's": lambda w: changed(w, (1, 1, 2, 5), 1e30),
    "damaged: input 3 is not Oxford's": lambda w: changed(w, np.s_[:, :, 3], 0),
    "damaged: input 4 is not Oxford's": lambda w: changed(w, np.s_[:, :, [4, 9]], w[:, :, [9, 4]]),
}


@pytest.mark.parametrize("name", ["conv1_2", "conv2_1", "conv3_2"])
@pytest.mark.parametrize("says", FILTERS)
def test_wrong_filters_are_named(network, name, says):
    wrong = {name: FILTERS[says](network.filters[name])}
    assert judged(network, wrong).startswith(f"its filters of {name} are {says.strip()}")


@pytest.mark.parametrize("name", ["conv1_2", "conv2_2", "conv3_3"])
def test_exchanged_channels_are_named(network, name):
    wrong = {name: network.filters[name].transpose(0, 1, 3, 2)}
    assert judged(network, wrong) == (
        f"its filters of {name} are exchanged in their channels (in and out)"
    )


def test_exchanged_layers_are_named(network):
    exchanged = {"conv3_2": network.filters["conv3_3"], "conv3_3": network.filters["conv3_2"]}
    assert judged(network, exchanged) == "its filters of conv3_2 are those of conv3_3"
    exchanged = {"conv3_1": network.biases["conv3_2"], "conv3_2": network.biases["conv3_1"]}
    assert judged(network, biases=exchanged) == "its biases of conv3_1 are those of conv3_2"


BIASES = {
    "zero": np.zeros_like,
    "negated": np.negative,
    "scaled by 3": lambda b: b * FACTOR,
    "scaled by 1e+30": lambda b: b * np.float32(1e30),  # float32 does not hold its square
    "in another order": lambda b: b[::-1],
    "not Oxford's": random_like,
    "damaged": lambda b: changed(b, np.argmax(np.abs(b)), 0),
    "damaged ": lambda b: changed(b, np.s_[::10], 0),
}


@pytest.mark.parametrize("name", ["conv1_1", "conv2_2"])
@pytest.mark.parametrize("says", BIASES)
def test_wrong_biases_are_named(network, name, says):
    wrong = judged(network, biases={name: BIASES[says](network.biases[name])})
    assert wrong.startswith(f"its biases of {name} are {says.strip()}")


@pytest.mark.parametrize("mean", [(103.939, 116.779, 123.68), (0.485, 0.456, 0.406), (0, 0, 0)])
def test_a_wrong_mean_is_named(network, mean):
    wrong = contradiction(network.filters, network.biases, replace(OXFORD, mean=mean))
    assert wrong.startswith("its mean of red, green and blue is (")
    about = replace(OXFORD, mean=(123.0, 117.0, 104.0))
    assert contradiction(network.filters, network.biases, about) is None


def test_a_negated_first_layer_is_named(network):
    wrong = judged(network, {"conv1_1": -network.filters["conv1_1"]})
    assert wrong == "its filters of conv1_1 are negated"


def test_a_network_scaled_layer_by_layer_is_in_order(network):
    """As Gatys' normalized one: what a layer is multiplied by, the next one divides by."""
    random, before, filters, biases = np.random.default_rng(1), np.ones(3, np.float32), {}, {}
    for name, w in network.filters.items():
        scale = random.uniform(0.1, 10, w.shape[-1]).astype(np.float32)
        filters[name] = w * scale / before[:, np.newaxis]
        biases[name] = network.biases[name] * scale
        before = scale
    assert contradiction(filters, biases, OXFORD) is None
    wrong = biases | {"conv2_2": network.biases["conv2_2"]}
    assert contradiction(filters, wrong, OXFORD).startswith("its biases of conv2_2 are")
    filters["conv3_1"] = -filters["conv3_1"]
    assert contradiction(filters, biases, OXFORD) == "its filters of conv3_1 are negated"


@pytest.mark.parametrize("change", [0.003, 0.01, 0.03, 0.1, 0.2])
def test_a_network_trained_further_is_in_order(network, change):
    """The first layers as they were, and the others off by a little or more, each filter its own.

    So fine-tuning leaves them: where the median filter changes by 3 %, some change by 15 %.
    """
    random = np.random.default_rng(2)

    def trained(array):
        widths = random.lognormal(np.log(change), 0.5, array.shape[-1]).astype(np.float32)
        return array + random_like(array) * widths

    names = [name for name in network.filters if not name.startswith("conv1")]
    filters = {name: trained(network.filters[name]) for name in names}
    biases = {name: trained(network.biases[name]) for name in names}
    assert judged(network, filters, biases) is None


def test_rounding_is_in_order(network):
    halves = {name: w.astype(np.float16).astype(np.float32) for name, w in network.filters.items()}
    assert judged(network, halves) is None
    steps = {
        name: np.round(w / (np.abs(w).max() / 127)) * (np.abs(w).max() / 127)
        for name, w in network.filters.items()
    }
    assert judged(network, steps) is None
