"""Mistakes with pools."""

import numpy as np

from backpaint.reference.average_pool import average_pool_backward, average_pool_forward
from backpaint.reference.max_pool import max_pool_backward, max_pool_forward


def all_winners(grad_y, x):
    """Compare with the repeated maximum: every winner gets everything."""
    grad_x = np.zeros_like(x)
    height, width = (2 * n for n in grad_y.shape[:2])
    y = max_pool_forward(x, "floor").repeat(2, 0).repeat(2, 1)
    grad_x[:height, :width] = grad_y.repeat(2, 0).repeat(2, 1) * (x[:height, :width] == y)
    return grad_x


def zero_filled(x):
    height, width = x.shape[:2]
    return max_pool_forward(np.pad(x, ((0, height % 2), (0, width % 2), (0, 0))), "ceil")


MAX_POOL = (
    ("forward", lambda x: average_pool_forward(x, "floor"), "it is average pooling"),
    ("forward", lambda x: max_pool_forward(x, "ceil"), "odd sizes are rounded the other way"),
    ("backward", all_winners, "max pool ties get the gradient twice"),
    ("backward", lambda g, x: average_pool_backward(g, x, "floor"), "gradient of average pooling"),
    (
        "backward",
        lambda g, x: 4 * average_pool_backward(g, x, "floor"),
        "every pixel of the window",
    ),
)


def quarter(grad_y, x):
    """Give a quarter, also where the window has fewer pixels."""
    return grad_y.repeat(2, 0).repeat(2, 1)[: x.shape[0], : x.shape[1]] / 4


def quarter_forward(x):
    height, width = x.shape[:2]
    padded = np.pad(x, ((0, height % 2), (0, width % 2), (0, 0)))
    return average_pool_forward(padded, "ceil")


AVERAGE_POOL_CEIL = (
    ("forward", quarter_forward, "you divide by 4, the edge has 2 pixels"),
    ("backward", quarter, "you divide by the window, the edge has 2 pixels"),
    ("backward", lambda g, x: 4 * quarter(g, x), "the division by the number of pixels is missing"),
    ("backward", lambda g, x: max_pool_backward(g, x, "ceil"), "it is the gradient of max pooling"),
)


def repeated(grad_y, x):
    grad = average_pool_backward(grad_y, x, "floor")
    height, width = x.shape[:2]
    if height % 2:
        grad[-1] = grad[-2]
    if width % 2:
        grad[:, -1] = grad[:, -2]
    return grad


AVERAGE_POOL_FLOOR = (("backward", repeated, "gets its neighbor's gradient instead of 0"),)
