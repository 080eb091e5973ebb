"""Layers by the conventions of the file of test vectors; nothing of backpaint is imported here."""

import numpy as np


def greater(a, b):
    """Compare real parts: the imaginary part is only a direction."""
    return np.real(a) > np.real(b)


def conv(x, w, b):
    return strided_conv(np.pad(x, ((1, 1), (1, 1), (0, 0))), w, b, stride=1)


def relu(x):
    return np.where(greater(x, 0), x, 0)


def windows(x, edge):
    """Yield where a window's result goes, and the window."""
    height, width, channels = x.shape
    up = 1 if edge == "ceil" else 0
    for i in range((height + up) // 2):
        for j in range((width + up) // 2):
            for c in range(channels):
                yield (i, j, c), x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c].ravel()


def pool(x, edge, take):
    found = {place: take(window) for place, window in windows(x, edge)}
    shape = tuple(np.max(list(found), axis=0) + 1)
    return np.array([found[place] for place in np.ndindex(shape)]).reshape(shape)


def max_pool(x, edge):
    return pool(x, edge, lambda window: window[np.argmax(np.real(window))])


def average_pool(x, edge):
    return pool(x, edge, np.mean)


def overlapping_average_pool(x, count_padding):
    height, width, channels = x.shape
    y = np.zeros(((height + 1) // 2, (width + 1) // 2, channels), x.dtype)
    for i, j in np.ndindex(y.shape[:2]):
        rows = slice(max(2 * i - 1, 0), 2 * i + 2)
        columns = slice(max(2 * j - 1, 0), 2 * j + 2)
        window = x[rows, columns]
        y[i, j] = window.sum(axis=(0, 1)) / (9 if count_padding else window[:, :, 0].size)
    return y


def edge_pad(x):
    return np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")


def preprocess(x, scale, offset, order):
    return (x * np.array(scale) + np.array(offset))[:, :, list(order)]


def linear(x, w, b):
    return x @ w + b


def met(x, w, stride):
    """Yield a filter's positions, each with the pixels that it meets."""
    for i, j in np.ndindex(w.shape[:2]):
        yield (i, j), x[i : x.shape[0] - w.shape[0] + i + 1 : stride,
                        j : x.shape[1] - w.shape[1] + j + 1 : stride]  # fmt: skip


def strided_conv(x, w, b, stride):
    return b + sum(pixels @ w[place] for place, pixels in met(x, w, stride))


def depthwise_conv(x, w, b, stride):
    return b + sum(pixels * w[place] for place, pixels in met(x, w, stride))


def reflection_pad(x, border):
    return np.pad(x, ((border, border), (border, border), (0, 0)), mode="reflect")


def instance_norm(x, gamma, beta, epsilon):
    centered = x - x.mean(axis=(0, 1))
    return gamma * centered / np.sqrt((centered**2).mean(axis=(0, 1)) + epsilon) + beta


def upsample(x, factor):
    return np.kron(x, np.ones((factor, factor, 1)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu6(x, ceiling):
    return np.where(greater(x, 0) & greater(ceiling, x), x, greater(x, 0) * ceiling)
