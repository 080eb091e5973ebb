import re

import numpy as np
import pytest

from backpaint.reference.arrays import as_column, check_shape


@pytest.mark.parametrize("expected", [(2, 3), (None, 3), (2, None), (None, None)])
def test_none_stands_for_any_length(expected):
    check_shape("x", np.zeros((2, 3)), expected)


@pytest.mark.parametrize("expected", [(2, 4), (3, None), (None,), (2, 3, None), ()])
def test_message_names_found_and_expected(expected):
    shape = ", ".join("any" if length is None else str(length) for length in expected)
    message = f"grad_y has the shape (2, 3); expected ({shape})"
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        check_shape("grad_y", np.zeros((2, 3)), expected)


def test_weights_are_a_column_in_the_features_type_and_fit_them():
    x = np.zeros((2, 3, 4), np.float32)
    column = as_column(np.arange(6.0).reshape(2, 3), x)
    assert column.dtype == np.float32
    assert column.tolist() == [[0], [1], [2], [3], [4], [5]]
    with pytest.raises(ValueError, match=r"^weights has the shape \(3, 2\); expected \(2, 3\)$"):
        as_column(np.zeros((3, 2)), x)
