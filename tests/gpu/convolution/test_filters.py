"""Filters as the kernels read them, rounded on the host."""

import numpy as np

from backpaint.gpu.convolution.filters import round_to_tf32


def test_a_number_is_rounded_to_the_nearest_of_11_bits():
    """All that can be lost: the 13 last bits of a float32, of either sign; ties away from 0."""
    kept, lost = np.float32(1.5 + 2**-10), np.arange(1 << 13)
    values = kept + lost * 2.0**-23
    expected = np.floor(values * 2**10 + 0.5) / 2**10
    assert np.array_equal(round_to_tf32(values), expected)
    assert np.array_equal(round_to_tf32(-values), -expected)
