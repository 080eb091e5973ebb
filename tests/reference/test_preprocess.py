import numpy as np
import pytest

from backpaint.reference.preprocess import preprocess_backward, preprocess_forward

PIXEL = np.array([[[10.0, 20.0, 30.0]]])
SCALE, OFFSET = (1.0, 2.0, 3.0), (100.0, 200.0, 300.0)


def test_by_hand():
    rgb = preprocess_forward(PIXEL, SCALE, OFFSET, (0, 1, 2))
    np.testing.assert_array_equal(rgb, [[[110, 240, 390]]])
    bgr = preprocess_forward(PIXEL, SCALE, OFFSET, (2, 1, 0))
    np.testing.assert_array_equal(bgr, [[[390, 240, 110]]])
    # The gradient comes in B, G, R and leaves in R, G, B.
    grad_y = np.array([[[1.0, 10.0, 100.0]]])
    np.testing.assert_array_equal(preprocess_backward(grad_y, SCALE, (2, 1, 0)), [[[100, 20, 3]]])
    np.testing.assert_array_equal(preprocess_backward(grad_y, SCALE, (0, 1, 2)), [[[1, 20, 300]]])


def test_channels_are_put_back_where_they_came_from():
    """An order that is not its own inverse tells gathering from scattering."""
    order = (1, 2, 0)
    grad_y = preprocess_forward(PIXEL, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), order)
    np.testing.assert_array_equal(preprocess_backward(grad_y, (1.0, 1.0, 1.0), order), PIXEL)


@pytest.mark.parametrize("channels", [1, 4])
def test_only_three_channels(channels):
    picture = np.zeros((2, 2, channels))
    with pytest.raises(ValueError, match=r"expected \(any, any, 3\)"):
        preprocess_forward(picture, SCALE, OFFSET, (0, 1, 2))
    with pytest.raises(ValueError, match=r"expected \(any, any, 3\)"):
        preprocess_backward(picture, SCALE, (0, 1, 2))
