"""The classifier: the right part of the photograph, through the whole network."""

from itertools import pairwise

import numpy as np
import pytest

from backpaint.vgg import HEAD_CHANNELS
from backpaint.views.classify import classify, middle
from backpaint.weights import VGGWeights, load_weights


def test_the_middle_of_a_wide_photograph():
    photo = np.zeros((256, 400, 3))
    photo[:, :, 0] = np.arange(400)
    cut = middle(photo)
    assert cut.shape == (224, 224, 3)
    np.testing.assert_allclose(cut[:, :, 0], np.tile(np.arange(88, 312), (224, 1)))


@pytest.mark.slow
def test_a_head_decides(noise):
    """A head of true size that looks at one channel of pool5 and calls it class 7."""
    base = load_weights("vgg16")
    filters, biases = dict(base.filters), dict(base.biases)
    for name, (inputs, outputs) in zip(("fc6", "fc7", "fc8"), pairwise(HEAD_CHANNELS), strict=True):
        filters[name] = np.zeros((inputs, outputs), np.float32)
        biases[name] = np.zeros(outputs, np.float32)
    filters["fc6"][::512, 3] = 1.0  # channel 0 of pool5 at all 49 positions
    filters["fc7"][3, 5] = 2.0
    filters["fc8"][5, 7] = 0.5
    weights = VGGWeights(filters, biases, 16, base.normalization, "test", "npz", "0" * 64)
    probabilities = classify(noise, weights)
    assert probabilities.shape == (1000,)
    assert probabilities.sum() == pytest.approx(1)
    others = np.delete(probabilities, 7)
    assert np.ptp(others) == 0
    from backpaint.presets import load_preset
    from backpaint.problem.pixels import network_input_map
    from backpaint.problem.recipe import NetworkOptions
    from backpaint.reference.network import Network

    seen = network_input_map(load_preset("gatys"), base.normalization)
    network = Network(base.layers, base, NetworkOptions(), seen, np.float32)
    score = network.forward(middle(noise), ())["pool5"][:, :, 0].sum(dtype=np.float64)
    assert np.log(probabilities[7] / others[0]) == pytest.approx(score, rel=1e-3)
