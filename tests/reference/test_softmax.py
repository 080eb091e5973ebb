import math

import numpy as np
import pytest

from backpaint.reference.softmax import (
    cross_entropy_backward,
    cross_entropy_forward,
    softmax_forward,
)

# exp gives 1, 2 and 5: one eighth, two eighths, five eighths.
Z = np.log([1.0, 2.0, 5.0])


def test_by_hand():
    np.testing.assert_allclose(softmax_forward(Z), [0.125, 0.25, 0.625], rtol=1e-15)
    assert cross_entropy_forward(Z, 1) == pytest.approx(math.log(4), rel=1e-15)
    np.testing.assert_allclose(cross_entropy_backward(2.0, Z, 1), [0.25, -1.5, 1.25], rtol=1e-15)


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_no_score_is_too_large(shift):
    np.testing.assert_allclose(softmax_forward(Z + shift), softmax_forward(Z), rtol=1e-11)
    for label in range(3):
        loss = cross_entropy_forward(Z + shift, label)
        assert loss == pytest.approx(cross_entropy_forward(Z, label), rel=1e-11)


def test_an_impossible_class_has_a_finite_loss():
    assert cross_entropy_forward(np.array([0.0, 2000.0]), 0) == 2000


@pytest.mark.parametrize("label", [-1, 3])
def test_label_must_be_a_class(label):
    with pytest.raises(ValueError, match=rf"label is {label}; expected a class from 0 to 2$"):
        cross_entropy_forward(Z, label)
    with pytest.raises(ValueError, match=rf"label is {label}; expected a class from 0 to 2$"):
        cross_entropy_backward(1.0, Z, label)


@pytest.mark.parametrize("label", [0, 2])
def test_first_and_last_class_are_classes(label):
    assert cross_entropy_forward(Z, label) > 0
    assert cross_entropy_backward(1.0, Z, label).sum() == pytest.approx(0, abs=1e-15)
