"""The same operations as loops that follow the formulas index by index, to check the rest against.

Each backward gives back, along every step of its forward, what came for that step's result.
"""

import numpy as np

from ..arrays import Floats


def strided_conv_forward(x: Floats, w: Floats, b: Floats, stride: int) -> Floats:
    """Convolve as the formula says; see `strided_conv.strided_conv_forward`."""
    y = np.zeros((*_windows(x, w, stride), b.size), dtype=np.result_type(x, w, b))
    for i, j, k in np.ndindex(y.shape):
        y[i, j, k] = b[k]
        for a, d, c in np.ndindex(w.shape[:3]):
            y[i, j, k] += x[stride * i + a, stride * j + d, c] * w[a, d, c, k]
    return y


def strided_conv_backward(
    grad_y: Floats, x: Floats, w: Floats, stride: int
) -> tuple[Floats, Floats, Floats]:
    """Compute the gradients of input, filters and bias along every multiplication."""
    grad_x, grad_w = np.zeros_like(x), np.zeros_like(w)
    grad_b = np.zeros(w.shape[3], dtype=w.dtype)
    for i, j, k in np.ndindex(grad_y.shape):
        grad_b[k] += grad_y[i, j, k]
        for a, d, c in np.ndindex(w.shape[:3]):
            # forward:  y[i, j, k] += x[row, column, c] * w[a, d, c, k]
            row, column = stride * i + a, stride * j + d
            grad_x[row, column, c] += grad_y[i, j, k] * w[a, d, c, k]
            grad_w[a, d, c, k] += grad_y[i, j, k] * x[row, column, c]
    return grad_x, grad_w, grad_b


def depthwise_conv_forward(x: Floats, w: Floats, b: Floats, stride: int) -> Floats:
    """Convolve each channel by itself; see `depthwise_conv.depthwise_conv_forward`."""
    y = np.zeros((*_windows(x, w, stride), b.size), dtype=np.result_type(x, w, b))
    for i, j, c in np.ndindex(y.shape):
        y[i, j, c] = b[c]
        for a, d in np.ndindex(w.shape[:2]):
            y[i, j, c] += x[stride * i + a, stride * j + d, c] * w[a, d, c]
    return y


def depthwise_conv_backward(
    grad_y: Floats, x: Floats, w: Floats, stride: int
) -> tuple[Floats, Floats, Floats]:
    """Compute the gradients of input, filters and bias along every multiplication."""
    grad_x, grad_w = np.zeros_like(x), np.zeros_like(w)
    grad_b = np.zeros(w.shape[2], dtype=w.dtype)
    for i, j, c in np.ndindex(grad_y.shape):
        grad_b[c] += grad_y[i, j, c]
        for a, d in np.ndindex(w.shape[:2]):
            # forward:  y[i, j, c] += x[row, column, c] * w[a, d, c]
            row, column = stride * i + a, stride * j + d
            grad_x[row, column, c] += grad_y[i, j, c] * w[a, d, c]
            grad_w[a, d, c] += grad_y[i, j, c] * x[row, column, c]
    return grad_x, grad_w, grad_b


def reflection_pad_forward(x: Floats, border: int) -> Floats:
    """Look every pixel up; see `reflection_pad.reflection_pad_forward`."""
    height, width, channels = x.shape
    y = np.zeros((height + 2 * border, width + 2 * border, channels), dtype=x.dtype)
    for i, j in np.ndindex(y.shape[:2]):
        y[i, j] = x[_mirrored(i - border, height), _mirrored(j - border, width)]
    return y


def reflection_pad_backward(grad_y: Floats, x: Floats, border: int) -> Floats:
    """Add every pixel's gradient to that of its original."""
    height, width, _ = x.shape
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_y.shape[:2]):
        # forward:  y[i, j] = x[row, column]
        row, column = _mirrored(i - border, height), _mirrored(j - border, width)
        grad_x[row, column] += grad_y[i, j]
    return grad_x


def instance_norm_forward(x: Floats, gamma: Floats, beta: Floats, epsilon: float) -> Floats:
    """Normalize channel by channel; see `instance_norm.instance_norm_forward`."""
    y = np.zeros_like(x)
    for c in range(x.shape[2]):
        mean = x[:, :, c].sum() / x[:, :, c].size
        variance = sum((x[i, j, c] - mean) ** 2 for i, j in np.ndindex(x.shape[:2]))
        deviation = (variance / x[:, :, c].size + epsilon) ** 0.5
        for i, j in np.ndindex(x.shape[:2]):
            y[i, j, c] = gamma[c] * (x[i, j, c] - mean) / deviation + beta[c]
    return y


def instance_norm_backward(
    grad_y: Floats, x: Floats, gamma: Floats, epsilon: float
) -> tuple[Floats, Floats, Floats]:
    """Compute the gradients of input, scale and shift from every output's slope by every input."""
    grad_x, grad_gamma, grad_beta = np.zeros_like(x), np.zeros_like(gamma), np.zeros_like(gamma)
    positions = list(np.ndindex(x.shape[:2]))
    for c in range(x.shape[2]):
        mean = sum(x[q][c] for q in positions) / len(positions)
        variance = sum((x[q][c] - mean) ** 2 for q in positions) / len(positions)
        deviation = (variance + epsilon) ** 0.5
        for q in positions:
            grad_gamma[c] += grad_y[q][c] * (x[q][c] - mean) / deviation
            grad_beta[c] += grad_y[q][c]
            for p in positions:
                # forward:  y[q] = gamma (x[q] - mean) / deviation + beta
                of_difference = ((p == q) - 1 / len(positions)) / deviation
                of_deviation = (x[p][c] - mean) / (len(positions) * deviation)
                slope = of_difference - (x[q][c] - mean) / deviation**2 * of_deviation
                grad_x[(*p, c)] += grad_y[q][c] * gamma[c] * slope
    return grad_x, grad_gamma, grad_beta


def upsample_forward(x: Floats, factor: int) -> Floats:
    """Copy pixel by pixel; see `upsample.upsample_forward`."""
    y = np.zeros((factor * x.shape[0], factor * x.shape[1], x.shape[2]), dtype=x.dtype)
    for i, j in np.ndindex(y.shape[:2]):
        y[i, j] = x[i // factor, j // factor]
    return y


def upsample_backward(grad_y: Floats, x: Floats, factor: int) -> Floats:
    """Add every pixel's gradient to that of its original."""
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_y.shape[:2]):
        grad_x[i // factor, j // factor] += grad_y[i, j]
    return grad_x


def _windows(x: Floats, w: Floats, stride: int) -> tuple[int, int]:
    """Count the windows that lie inside, down and across."""
    rows, columns = (
        len(range(0, n - a + 1, stride)) for n, a in zip(x.shape[:2], w.shape[:2], strict=True)
    )
    return rows, columns


def _mirrored(index: int, length: int) -> int:
    """Walk from the edge back inside."""
    return -index if index < 0 else 2 * (length - 1) - index if index >= length else index
