"""Filters as the kernels read them, rounded on the host."""

import numpy as np
import pytest

from backpaint.gpu.convolution.filters import prepare_filters, round_to_tf32
from backpaint.gpu.device.device import xp


def test_a_number_is_rounded_to_the_nearest_of_11_bits():
    """All that can be lost: the 13 last bits of a float32, of either sign; ties away from 0."""
    kept, lost = np.float32(1.5 + 2**-10), np.arange(1 << 13)
    values = kept + lost * 2.0**-23
    expected = np.floor(values * 2**10 + 0.5) / 2**10
    assert np.array_equal(round_to_tf32(values), expected)
    assert np.array_equal(round_to_tf32(-values), -expected)


@pytest.mark.parametrize("size", [1e-7, 1.0, 1e5])
def test_float16_keeps_all_its_digits_of_filters_of_any_size(size, emulated):
    """The largest number lies just below 2^15, where its 11 bits are above float16's smallest."""
    w = size * np.random.default_rng(0).uniform(0.5, 1, (3, 3, 64, 64))
    filters = prepare_filters(w, "fast")
    assert 2**14 <= filters.scale * w.max() < 2**15
    stored = xp().asnumpy(filters.values).view(np.float16).astype(float) / filters.scale
    expected = w.reshape(9, 64, 64).transpose(0, 2, 1)
    assert np.abs(stored.reshape(9, 64, 64) / expected - 1).max() < 2**-11


def test_filters_of_zeros_or_without_end_are_as_they_are(emulated):
    for value in (0.0, np.inf):
        assert prepare_filters(np.full((3, 3, 64, 64), value), "fast").scale == 1
