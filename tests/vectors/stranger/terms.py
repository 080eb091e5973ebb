"""Losses and penalties likewise; they take complex numbers, for the complex step."""

import numpy as np


def gram(x, divisor, weights=1.0):
    return np.tensordot(x * np.atleast_3d(weights), x, axes=((0, 1), (0, 1))) / divisor


def squared_error(x, target, divisor, weights=1.0):
    return np.sum(np.atleast_3d(weights) * (x - target) ** 2) / divisor


def masked_squared_error(x, target, mask):
    return np.mean(mask[..., np.newaxis] * (x - target) ** 2)


def style_loss(x, gram_, gram_divisor, divisor, shift=0):
    return squared_error(gram(x + shift, gram_divisor), gram_, divisor)


def moments(x, weights):
    p = np.concatenate([np.ones_like(x[..., :1]), x], axis=2)
    return np.tensordot(p * weights[..., np.newaxis], p, axes=((0, 1), (0, 1)))


def cloud(x):
    centered = x - x.mean(axis=(0, 1))
    return x.mean(axis=(0, 1)), gram(centered, x.shape[0] * x.shape[1])


def covariance_loss(x, style, area, divisor):
    return squared_error(cloud(x)[1], area * cloud(style)[1], divisor)


def two_clouds(x, style, epsilon):
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + np.trace(w) / len(w)) * np.eye(len(w))
    return np.mean((mean - wanted) ** 2), v + added, w + added


def mean_deviation_loss(x, style, epsilon):
    means, v, w = two_clouds(x, style, epsilon)
    return means + np.mean((np.sqrt(np.diag(v)) - np.sqrt(np.diag(w))) ** 2)


def wasserstein_loss(x, style, epsilon):
    """The root of L^T V L, with W = L L^T, by Newton's iteration: sums and inverses alone."""
    means, v, w = two_clouds(x, style, epsilon)
    half = np.linalg.cholesky(w)
    y, z = half.T @ v @ half, np.eye(len(w))
    for _ in range(40):
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
    return means + np.trace(v + w - 2 * y) / len(w)


def after_steps(matrix, steps):
    """The root of Newton and Schulz, as far as it has come."""
    norm, identity = np.sqrt(np.sum(matrix**2)), np.eye(len(matrix))
    y, z = matrix / norm, identity
    for _ in range(steps):
        y, z = y @ (3 * identity - z @ y) / 2, (3 * identity - z @ y) @ z / 2
    return np.sqrt(norm) * y


def wasserstein_steps_loss(x, style, epsilon, root_steps):
    means, v, w = two_clouds(x, style, epsilon)
    half = after_steps(w, root_steps)
    return means + np.trace(v + w - 2 * after_steps(half @ v @ half, root_steps)) / len(w)


def histogram_loss(x, style):
    """Equal ranks side by side, the style's read at the painting's by straight lines."""
    loss = 0
    for y, wanted in zip(x.T, style.T, strict=True):
        y, wanted = y.ravel(), np.sort(wanted.ravel())
        middles = (np.arange(len(wanted)) + 0.5) / len(wanted)
        ranks = (np.argsort(np.argsort(y.real)) + 0.5) / len(y)
        loss += np.sum((y - np.interp(ranks, middles, wanted)) ** 2)
    return loss / x.size


def cross_entropy(z, label):
    largest = np.real(z).max()
    return np.log(np.sum(np.exp(z - largest))) + largest - z[label]


def differences(x):
    return x[:, 1:] - x[:, :-1], x[1:] - x[:-1]


def total(values, mean):
    return values.sum() / (values.size if mean and values.size else 1)


def absolute_variation(x, mean):
    return sum(total(d * np.sign(np.real(d)), mean) for d in differences(x))


def squared_variation(x, mean):
    return sum(total(d * d, mean) for d in differences(x))


def power_variation(x, exponent, epsilon, mean, wrap):
    if wrap:
        x = np.pad(x, ((0, 1), (0, 1), (0, 0)), mode="wrap")
    dx, dy = differences(x)
    lengths = dx[:-1] ** 2 + dy[:, :-1] ** 2 + epsilon
    powers = np.zeros_like(lengths)
    powers[lengths != 0] = lengths[lengths != 0] ** exponent
    return total(powers, mean)


def laplacian_variation(x):
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    dx, dy = differences(padded)
    return ((dx**2).sum() + (dy**2).sum()) / 16


def nine_point_variation(x):
    x = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")
    straight = np.mean((x[1:-1, 2:] - x[1:-1, 1:-1]) ** 2)
    straight += np.mean((x[2:, 1:-1] - x[1:-1, 1:-1]) ** 2)
    diagonal = np.mean((x[1:, 1:] - x[:-1, :-1]) ** 2) + np.mean((x[1:, :-1] - x[:-1, 1:]) ** 2)
    return straight * 2 / 3 + diagonal / 6


def sliced(x, wanted, directions):
    y = np.einsum("hwc,cv->hwv", x, directions).reshape(wanted.shape)
    rank = (y.real[:, None] > y.real[None]).sum(axis=1)
    return np.mean((y - np.take_along_axis(wanted, rank, axis=0)) ** 2)


def content_laplacian(x, content, pool):
    """As two second differences: 4 d less four neighbors is minus their sum."""
    rows, columns = (
        np.kron(np.eye(length // pool), np.full((1, pool), 1 / pool)) for length in x.shape[:2]
    )
    gray = (x - content).sum(axis=2)
    d = rows @ gray[: rows.shape[1], : columns.shape[1]] @ columns.T
    if min(d.shape) < 3:
        return 0 * x.sum()
    return np.mean((np.diff(d, 2, axis=0)[:, 1:-1] + np.diff(d, 2, axis=1)[1:-1]) ** 2)


def value_range(x, center, half, power):
    y = (x - np.array(center)) / np.array(half)
    return np.sum((y * y) ** (power / 2))
