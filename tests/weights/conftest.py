"""Networks of several sizes, and what it means to come back from a file unchanged."""

from functools import cache

import numpy as np
import pytest

from backpaint.vgg import layer_table
from backpaint.weights.assembly import embedded

from .files.networks import first_layers
from .kept_child import kept_children_end, parsers_keep_their_child  # noqa: F401  fixtures

layer_once = cache(embedded.layer)


@pytest.fixture(autouse=True)
def layers_are_unpacked_once(monkeypatch):
    """Compare every file with the same layers; `assembly/test_embedded.py` does without."""
    monkeypatch.setattr(embedded, "layer", layer_once)


@pytest.fixture(scope="session")
def small():
    """The first three layers of VGG-16: quick to write."""
    return first_layers("vgg16", "conv2_1")


@pytest.fixture(scope="session")
def small_vgg19():
    """As many of VGG-19, which is told by its numbers."""
    return first_layers("vgg19", "conv2_1")


@pytest.fixture(scope="session")
def up_to_conv3_4():
    """The first layers of VGG-19, up to the first that VGG-16 does not have."""
    return first_layers("vgg19", "conv3_4")


@pytest.fixture(scope="session")
def with_head():
    """All of VGG-16; the head, which is not embedded, has its true shapes and random numbers."""
    network = first_layers("vgg16", "conv5_3")
    random = np.random.default_rng(6)
    for row in layer_table(16, head=True):
        if row.kind == "linear":
            shape = (row.channels_in, row.channels_out)
            network.filters[row.name] = random.standard_normal(shape, dtype=np.float32)
            network.biases[row.name] = random.standard_normal(row.channels_out, dtype=np.float32)
    network.classes = [f"class {i}" for i in range(1000)]
    return network


@pytest.fixture(scope="session")
def assert_same():
    """Bit for bit, contiguous, float32."""

    def check(weights, filters, biases):
        assert list(weights.filters) == list(filters)
        assert list(weights.biases) == list(biases)
        for arrays, expected in ((weights.filters, filters), (weights.biases, biases)):
            for name, array in arrays.items():
                assert array.dtype == np.float32
                assert array.flags.c_contiguous
                assert array.shape == expected[name].shape, name
                assert array.tobytes() == np.ascontiguousarray(expected[name]).tobytes(), name

    return check
