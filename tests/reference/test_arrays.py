import re

import numpy as np
import pytest

from backpaint.reference.arrays import check_shape


@pytest.mark.parametrize("expected", [(2, 3), (None, 3), (2, None), (None, None)])
def test_none_stands_for_any_length(expected):
    check_shape("x", np.zeros((2, 3)), expected)


@pytest.mark.parametrize("expected", [(2, 4), (3, None), (None,), (2, 3, None), ()])
def test_message_names_found_and_expected(expected):
    shape = ", ".join("any" if length is None else str(length) for length in expected)
    message = f"grad_y has the shape (2, 3); expected ({shape})"
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        check_shape("grad_y", np.zeros((2, 3)), expected)
