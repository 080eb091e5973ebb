"""Where operations of one-pass networks end: the least picture, the ceiling."""

import numpy as np
import pytest

from backpaint.reference.stylization.reflection_pad import reflection_pad_forward
from backpaint.reference.stylization.relu6 import relu6_backward, relu6_forward
from backpaint.reference.stylization.strided_conv import strided_conv_forward


@pytest.mark.parametrize("shape", [(2, 3, 1), (3, 2, 1)])
def test_a_mirror_needs_a_row_and_a_column_more_than_the_border(shape):
    assert reflection_pad_forward(np.ones((3, 3, 1)), 2).shape == (7, 7, 1)
    with pytest.raises(ValueError, match="2"):
        reflection_pad_forward(np.ones(shape), 2)


def test_a_picture_smaller_than_a_strided_filter_is_refused():
    for shape in ((2, 4, 1), (5, 1, 1)):
        with pytest.raises(ValueError, match=r"expected at least \(3, 2\), the filter"):
            strided_conv_forward(np.ones(shape), np.ones((3, 2, 1, 1)), np.zeros(1), 1)


def test_the_ceiling_is_six():
    x = np.array([-1.0, 5.5, 6.5])
    assert relu6_forward(x).tolist() == [0, 5.5, 6]
    assert relu6_backward(np.ones(3), relu6_forward(x)).tolist() == [0, 1, 0]
