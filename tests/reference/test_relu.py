import numpy as np

from backpaint.reference.relu import relu_backward, relu_forward


def test_by_hand():
    y = relu_forward(np.array([-2.0, -0.0, 0.0, 0.5, 3.0]))
    np.testing.assert_array_equal(y, [0, 0, 0, 0.5, 3])
    # At zero there is no slope; as in PyTorch it counts as 0.
    np.testing.assert_array_equal(relu_backward(np.array([1.0, 2, 3, 4, 5]), y), [0, 0, 0, 4, 5])


def test_twice_is_once():
    x = np.random.default_rng(0).standard_normal((4, 5, 3))
    once = relu_forward(x)
    np.testing.assert_array_equal(relu_forward(once), once)
    np.testing.assert_array_equal(once - relu_forward(-x), x)


def test_nan_stays():
    assert np.isnan(relu_forward(np.array([np.nan]))).all()
