import numpy as np
import pytest

from backpaint.reference.value_range import value_range_backward, value_range_forward


def test_by_hand():
    x = np.array([[[5.0, 1.0, -6.0]]])
    form = ((1.0, 1.0, 2.0), (2.0, 9.0, 4.0), 3.0)  # distances 2, 0 and -2
    assert value_range_forward(x, *form) == 16
    grad_x = value_range_backward(10.0, x, *form)
    np.testing.assert_array_equal(grad_x, [[[10 * 12 / 2, 0, -10 * 12 / 4]]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_high_power_of_a_value_within_range_vanishes_without_a_warning(dtype):
    x = np.array([[[0.0, 1e-5, -1e-5]]], dtype)
    with np.errstate(all="raise", under="ignore"):
        assert value_range_forward(x, (0.0,) * 3, (1.0,) * 3, 100.0) == 0
        assert not value_range_backward(1.0, x, (0.0,) * 3, (1.0,) * 3, 100.0).any()


def test_float32_is_summed_in_float64():
    x = np.full((1000, 100, 3), 0.1, np.float32)
    expected = 300_000 * float(np.float32(0.1) ** np.float32(2))
    assert value_range_forward(x, (0.0,) * 3, (1.0,) * 3, 2.0) == pytest.approx(expected, rel=1e-13)
