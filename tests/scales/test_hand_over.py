"""What one size hands over to the next."""

import numpy as np

from backpaint.images import resize
from backpaint.scales import enlarged, enlarged_state

SHAPE, OTHER = (6, 8, 3), (11, 15, 3)


def test_a_picture_is_not_clipped():
    x = np.random.default_rng(2).normal(0, 300, SHAPE)
    made = enlarged(x.ravel(), SHAPE, OTHER, "bicubic")
    assert made.dtype == np.float64
    assert np.array_equal(made.reshape(OTHER), resize(x, *OTHER[:2], "bicubic"))
    assert made.min() < -100
    assert made.max() > 355


def test_means_of_squares_stay_between_those_around_them_and_numbers_are_kept():
    rng, size = np.random.default_rng(3), int(np.prod(SHAPE))
    squares = np.zeros(size)
    squares[:9] = 1e6  # an edge at which a bicubic filter overshoots to below zero
    state = {
        "x": rng.normal(size=size),
        "mean": rng.normal(size=size).astype(np.float32),
        "mean_square": squares,
        "iterations": np.array(7),
        "is_still": np.array(1),
    }
    made = enlarged_state(state, SHAPE, OTHER, "bicubic")
    assert made["mean_square"].min() >= 0
    assert made["mean_square"].max() <= 1e6
    assert np.array_equal(made["x"], enlarged(state["x"], SHAPE, OTHER, "bicubic"))
    assert made["mean"].dtype == np.float32
    assert made["mean"].shape == (int(np.prod(OTHER)),)
    assert (made["iterations"], made["is_still"]) == (7, 0)
