"""The networks give what onnxruntime computes from Magenta's files."""

import numpy as np
import pytest

from backpaint.fast.architecture import predictor, transformer
from backpaint.fast.weights import load_weights

from . import recorded

NONE = np.zeros(0)


@pytest.fixture(scope="module")
def weights():
    return load_weights(np.float64)


def test_the_style_is_read_as_recorded(weights):
    numbers = predictor(weights).run(recorded.style().astype(float), NONE)
    assert numbers.shape == (1, 1, 100)
    assert np.abs(numbers.ravel() - recorded.numbers()).max() < recorded.FOR_NUMBERS


@pytest.mark.parametrize("size", recorded.SIZES)
def test_paintings_of_any_size_are_as_recorded(weights, size):
    numbers = recorded.numbers().astype(float)
    painting = transformer(weights).run(recorded.content(size).astype(float), numbers)
    assert painting.shape == (*size, 3)
    assert recorded.error(painting, size) < recorded.TOLERANCE


def test_recordings_would_notice_another_style(weights):
    size = recorded.SIZES[0]
    numbers = 0.99 * recorded.numbers().astype(float)
    painting = transformer(weights).run(recorded.content(size).astype(float), numbers)
    assert recorded.error(painting, size) > 10 * recorded.TOLERANCE
