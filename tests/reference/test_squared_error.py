import numpy as np
import pytest

from backpaint.reference.squared_error import squared_error_backward, squared_error_forward


def test_by_hand():
    x, target = np.array([[1.0, 4.0]]), np.array([[3.0, 1.0]])
    assert squared_error_forward(x, target, 2.0) == 6.5
    np.testing.assert_array_equal(squared_error_backward(10.0, x, target, 2.0), [[-20, 30]])


def test_float32_is_summed_in_float64():
    x = np.full((100, 1000), 0.1, np.float32)
    expected = x.size * float(np.square(np.float32(0.1)))
    assert squared_error_forward(x, np.zeros_like(x), 1.0) == pytest.approx(expected, rel=1e-13)


def test_shapes_must_be_equal():
    with pytest.raises(ValueError, match=r"target has the shape \(2,\); expected \(3\)"):
        squared_error_forward(np.zeros(3), np.zeros(2), 1.0)
