"""Mistakes with terms of the picture alone."""

import numpy as np

from backpaint.reference.total_variation import squared_variation_backward


def scaled_by_the_root(x, target, mask):
    """As a program does that hands its squared error both pictures times the mask's root."""
    root = np.sqrt(mask)[..., np.newaxis]
    return 2 / x.size * (root * x - root * target)


TEMPORAL = (
    ("gradient", scaled_by_the_root, r"the factor sqrt\(mask\) of the chain rule is missing"),
    ("gradient", lambda x, w, m: 2 / x.size * (x - w), "the mask is not applied"),
    ("loss", lambda x, w, m: np.mean((m[..., np.newaxis] * (x - w)) ** 2), "the mask is squared"),
    ("loss", lambda x, w, m: np.sum(m[..., np.newaxis] * (x - w) ** 2), "sums instead of averag"),
)


def wrapped(x):
    return sum(np.sum((np.roll(x, 1, axis) - x) ** 2) for axis in (0, 1))


def wrapped_gradient(x):
    return sum(2 * (2 * x - np.roll(x, 1, axis) - np.roll(x, -1, axis)) for axis in (0, 1))


def one_sided(x):
    grad = np.zeros_like(x)
    grad[1:] += 2 * np.diff(x, axis=0)
    grad[:, 1:] += 2 * np.diff(x, axis=1)
    return grad


def scattered(x, first, second, axes=(0, 1)):
    """Hand each difference's gradient to its first and second pixel, so many times."""
    grad = np.zeros_like(x)
    for axis in axes:
        both, d = np.moveaxis(grad, axis, 0), 2 * np.moveaxis(np.diff(x, axis=axis), axis, 0)
        both[:-1] += first * d
        both[1:] += second * d
    return grad


def without_the_last(x):
    """Leave out the differences that begin in the last row or column."""
    grad = np.zeros_like(x)
    down, right = 2 * np.diff(x[:, :-1], axis=0), 2 * np.diff(x[:-1], axis=1)
    grad[:-1, :-1] -= down
    grad[1:, :-1] += down
    grad[:-1, :-1] -= right
    grad[:-1, 1:] += right
    return grad


def inside(x):
    grad = np.zeros_like(x)
    grad[1:-1, 1:-1] = squared_variation_backward(1.0, x)[1:-1, 1:-1]
    return grad


VARIATION = (
    ("loss", wrapped, "TV wraps around"),
    ("loss", lambda x: np.sum(np.diff(x[:, :-1], axis=0) ** 2) + np.sum(
        np.diff(x[:-1], axis=1) ** 2), "border dropped"),
    ("loss", lambda x: np.sum(np.abs(np.diff(x, axis=0))) + np.sum(np.abs(np.diff(x, axis=1))),
     "absolute values instead of squares"),
    ("gradient", wrapped_gradient, "TV wraps around"),
    ("gradient", lambda x: -squared_variation_backward(1.0, x), "sign of TV difference flipped"),
    ("gradient", lambda x: squared_variation_backward(1.0, x) / 2, "a factor 2 is missing"),
    ("gradient", one_sided, "only the second pixel of each pair"),
    ("gradient", inside, "border dropped: the outermost"),
    ("gradient", without_the_last, "border dropped: the differences of the last row"),
    ("gradient", lambda x: scattered(x, 1, 1), "both get plus"),
    ("gradient", lambda x: scattered(x, -1, 0), "only the first pixel of each pair"),
    ("gradient", lambda x: scattered(x, -1, 1, [0]), "only vertical differences count"),
    ("gradient", lambda x: scattered(x, -1, 1, [1]), "only horizontal differences count"),
    ("gradient", lambda x: scattered(x, -1, 1, [0, 1, 2]), "differences between channels count"),
    ("gradient", lambda x: squared_variation_backward(1.0, x.swapaxes(0, 2)).swapaxes(0, 2),
     "an axis is wrong"),
)  # fmt: skip


def edges(x):
    """Average 2 x 2 pixels and take the Laplacian by a convolution with padding."""
    rows, columns = x.shape[0] // 2, x.shape[1] // 2
    d = x[: 2 * rows, : 2 * columns].sum(axis=2).reshape(rows, 2, columns, 2).mean(axis=(1, 3))
    p = np.pad(d, 1)
    return 4 * d - p[:-2, 1:-1] - p[2:, 1:-1] - p[1:-1, :-2] - p[1:-1, 2:]


def repeated_edges(x, content):
    """Spread each averaged pixel's gradient, and forget that it is an average."""
    e = edges(x - content)[1:-1, 1:-1]
    z = np.pad(2 * e / e.size, 2)
    d = 4 * z[1:-1, 1:-1] - z[:-2, 1:-1] - z[2:, 1:-1] - z[1:-1, :-2] - z[1:-1, 2:]
    grad = np.zeros_like(x)
    grad[: 2 * d.shape[0], : 2 * d.shape[1]] = d.repeat(2, 0).repeat(2, 1)[:, :, np.newaxis]
    return grad


LAPLACIAN = (
    ("loss", lambda x, c: np.mean(edges(x - c) ** 2), "over the border, into zeros"),
    ("loss", lambda x, c: np.sum(edges(x - c)[1:-1, 1:-1] ** 2), "sums where it should average"),
    ("loss", lambda x, c: np.mean(edges(x)[1:-1, 1:-1] ** 2), "the content is not subtracted"),
    ("gradient", repeated_edges, "every pixel of a square gets all of the average's gradient"),
)
RANGE = (
    ("loss", lambda x: np.sum(x**6) ** (1 / 6), "the root is taken"),
    ("loss", lambda x: np.mean(x**6), "it averages where it should sum"),
    ("gradient", lambda x: x**5, "the factor from the power is missing"),
    ("gradient", lambda x: 6 * np.abs(x) ** 5, "the sign is lost"),
)
