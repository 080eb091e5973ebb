"""What `naive.py` leaves out, as loops over single numbers, real or complex.

Only values are written here.  Their gradients come from the complex step: for a function f of one
variable that is given by a formula, ``imag(f(x + ih)) / h`` is its slope, exact to rounding however
small h is, because no difference is taken.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
TINY = 1e-40


def gradient(function: Callable[[Array], Array], x: Array, grad_y: Array) -> Array:
    """Differentiate ``sum(grad_y * function(x))``, one element of `x` after the other."""
    grad_x = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[index] += 1j * TINY
        grad_x[index] = np.sum(grad_y * function(moved)).imag / TINY
    return grad_x


def magnitude(d: Any) -> Any:
    """Absolute value that keeps a complex step: -d or d, and 0 at 0."""
    return d * np.sign(d.real)


def relu_forward(x: Array) -> Array:
    y = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        if x[index].real > 0:
            y[index] = x[index]
    return y


def relu6_forward(x: Array, ceiling: float) -> Array:
    y = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        if x[index].real > 0:
            y[index] = x[index] if x[index].real < ceiling else ceiling
    return y


def sigmoid_forward(x: Array) -> Array:
    y = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        y[index] = 1 / (1 + np.exp(-x[index]))
    return y


def edge_pad_forward(x: Array) -> Array:
    height, width, channels = x.shape
    y = np.zeros((height + 2, width + 2, channels), x.dtype)
    for i, j, c in np.ndindex(y.shape):
        y[i, j, c] = x[min(max(i - 1, 0), height - 1), min(max(j - 1, 0), width - 1), c]
    return y


def linear_forward(x: Array, w: Array, b: Array) -> Array:
    y = np.zeros(b.shape, np.result_type(x, w, b))
    for k in range(b.size):
        y[k] = b[k]
        for n in range(x.size):
            y[k] += x[n] * w[n, k]
    return y


def softmax_forward(z: Array) -> Array:
    total = sum(np.exp(score) for score in z)
    return np.array([np.exp(score) / total for score in z])


def cross_entropy_forward(z: Array, label: int) -> Any:
    return -np.log(softmax_forward(z)[label])


def gram_forward(x: Array, divisor: float, weights: Array | None = None) -> Array:
    height, width, channels = x.shape
    y = np.zeros((channels, channels), x.dtype)
    for c, d, i, j in np.ndindex(channels, channels, height, width):
        weight = 1 if weights is None else weights[i, j]
        y[c, d] += weight * x[i, j, c] * x[i, j, d] / divisor
    return y


def squared_error_forward(
    x: Array, target: Array, divisor: float, weights: Array | None = None
) -> Any:
    return (
        sum(
            (1 if weights is None else weights[i[:2]]) * (x[i] - target[i]) ** 2
            for i in np.ndindex(x.shape)
        )
        / divisor
    )


def masked_squared_error_forward(x: Array, target: Array, mask: Array) -> Any:
    squares = (mask[i, j] * (x[i, j, k] - target[i, j, k]) ** 2 for i, j, k in np.ndindex(x.shape))
    return sum(squares) / x.size


def style_loss_forward(
    x: Array, gram: Array, gram_divisor: float, divisor: float, shift: float = 0.0
) -> Any:
    return squared_error_forward(gram_forward(x + shift, gram_divisor), gram, divisor)


def moments_forward(x: Array, weights: Array) -> Array:
    height, width, channels = x.shape
    y = np.zeros((1 + channels, 1 + channels), x.dtype)
    for i, j in np.ndindex(height, width):
        p = [1.0, *x[i, j]]
        for c, d in np.ndindex(y.shape):
            y[c, d] += weights[i, j] * p[c] * p[d]
    return y


def cloud(x: Array) -> tuple[Array, Array]:
    """Mean and covariance, by the definition."""
    height, width, channels = x.shape
    mean = [sum(x[:, :, c].ravel()) / (height * width) for c in range(channels)]
    v = np.zeros((channels, channels), x.dtype)
    for c, d, i, j in np.ndindex(channels, channels, height, width):
        v[c, d] += (x[i, j, c] - mean[c]) * (x[i, j, d] - mean[d]) / (height * width)
    return np.array(mean), v


def covariance_loss_forward(x: Array, style: Array, area: float, divisor: float) -> Any:
    return squared_error_forward(cloud(x)[1], area * cloud(style)[1], divisor)


def mean_deviation_loss_forward(x: Array, style: Array, epsilon: float) -> Any:
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + np.trace(w) / len(w))
    loss = 0.0
    for c in range(len(w)):
        loss += (mean[c] - wanted[c]) ** 2
        loss += (np.sqrt(v[c, c] + added) - np.sqrt(w[c, c] + added)) ** 2
    return loss / len(w)


def root(matrix: Array) -> Array:
    """Square root by the iteration of Denman and Beavers: sums and inverses, real or complex."""
    y, z = matrix, np.eye(len(matrix), dtype=matrix.dtype)
    for _ in range(40):
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
    return y


def wasserstein_loss_forward(x: Array, style: Array, epsilon: float) -> Any:
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + np.trace(w) / len(w)) * np.eye(len(w))
    v, w = v + added, w + added
    half = root(w)
    means = sum((mean - wanted) ** 2)
    return (means + np.trace(v + w - 2 * root(half @ v @ half))) / len(w)


def iterated_root(matrix: Array, steps: int) -> Array:
    """Take so many Newton-Schulz steps, in products."""
    norm, identity = np.sqrt(np.sum(matrix * matrix)), np.eye(len(matrix))
    y, z = matrix / norm, identity
    for _ in range(steps):
        t = (3 * identity - z @ y) / 2
        y, z = y @ t, t @ z
    return np.sqrt(norm) * y


def wasserstein_steps_loss_forward(x: Array, style: Array, epsilon: float, root_steps: int) -> Any:
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + np.trace(w) / len(w)) * np.eye(len(w))
    v, w = v + added, w + added
    half = iterated_root(w, root_steps)
    roots = iterated_root(half @ v @ half, root_steps)
    return (sum((mean - wanted) ** 2) + np.trace(v + w - 2 * roots)) / len(w)


def histogram_loss_forward(x: Array, style: Array) -> Any:
    """Rank by counting who is smaller; read the style's sorted numbers between their middles."""
    positions, own, loss = x[:, :, 0].size, style[:, :, 0].size, 0.0
    for c in range(x.shape[2]):
        ordered = sorted(style[:, :, c].ravel())
        for number in x[:, :, c].ravel():
            rank = sum(other.real < number.real for other in x[:, :, c].ravel())
            at = min(max((rank + 0.5) / positions * own - 0.5, 0), own - 1)
            before = int(at)
            after = min(before + 1, own - 1)
            wanted = ordered[before] + (at - before) * (ordered[after] - ordered[before])
            loss += (number - wanted) ** 2
    return loss / x.size


def preprocess_forward(x: Array, scale: Any, offset: Any, order: Any) -> Array:
    y = np.zeros_like(x)
    for i, j, k in np.ndindex(x.shape):
        c = order[k]
        y[i, j, k] = x[i, j, c] * scale[c] + offset[c]
    return y


def differences(x: Array) -> tuple[list[Any], list[Any]]:
    """List all horizontal and all vertical differences between neighbors."""
    height, width, _ = x.shape
    across = [x[i, j + 1, c] - x[i, j, c] for i, j, c in np.ndindex(x.shape) if j + 1 < width]
    down = [x[i + 1, j, c] - x[i, j, c] for i, j, c in np.ndindex(x.shape) if i + 1 < height]
    return across, down


def total(values: list[Any], mean: bool) -> Any:
    return sum(values) / (len(values) if mean and values else 1)


def absolute_variation_forward(x: Array, mean: bool) -> Any:
    return sum(total([magnitude(d) for d in part], mean) for part in differences(x))


def squared_variation_forward(x: Array, mean: bool) -> Any:
    return sum(total([d * d for d in part], mean) for part in differences(x))


def power_variation_forward(
    x: Array, exponent: float, epsilon: float, mean: bool, wrap: bool
) -> Any:
    height, width, _ = x.shape
    values = []
    for i, j, c in np.ndindex(x.shape):
        if wrap or (i + 1 < height and j + 1 < width):
            dx = x[i, (j + 1) % width, c] - x[i, j, c]
            dy = x[(i + 1) % height, j, c] - x[i, j, c]
            length = dx * dx + dy * dy + epsilon
            values.append(length**exponent if length != 0 else 0.0)
    return total(values, mean)


def pixel(x: Array, i: int, j: int, c: int) -> Any:
    """Read a pixel; outside of the picture is zero."""
    inside = 0 <= i < x.shape[0] and 0 <= j < x.shape[1]
    return x[i, j, c] if inside else 0.0


def laplacian_variation_forward(x: Array) -> Any:
    height, width, channels = x.shape
    loss = 0.0
    for i, j, c in np.ndindex(height + 1, width + 1, channels):  # pairs that cross the border too
        loss += (pixel(x, i, j, c) - pixel(x, i - 1, j, c)) ** 2 / 16
        loss += (pixel(x, i, j, c) - pixel(x, i, j - 1, c)) ** 2 / 16
    return loss


def sliced_forward(x: Array, wanted: Array, directions: Array) -> Any:
    """Rank by counting who is smaller; `wanted` is read at ranks, whatever its order."""
    features = x.reshape(-1, x.shape[2])
    loss = 0.0
    for v in range(directions.shape[1]):
        y = [sum(a * b for a, b in zip(f, directions[:, v], strict=True)) for f in features]
        for number in y:
            rank = sum(other.real < number.real for other in y)
            loss += (number - wanted[rank, v]) ** 2
    return loss / wanted.size


def content_laplacian_forward(x: Array, content: Array, pool: int) -> Any:
    height, width = x.shape[0] // pool, x.shape[1] // pool
    coarse: dict[tuple[int, int], Any] = {}
    for i, j in np.ndindex(height, width):
        square = x[i * pool : (i + 1) * pool, j * pool : (j + 1) * pool]
        shown = content[i * pool : (i + 1) * pool, j * pool : (j + 1) * pool]
        coarse[i, j] = sum(a - b for a, b in zip(square.flat, shown.flat, strict=True)) / pool**2
    inner = [(i, j) for i, j in coarse if 0 < i < height - 1 and 0 < j < width - 1]
    loss = 0.0
    for i, j in inner:
        around = coarse[i - 1, j] + coarse[i + 1, j] + coarse[i, j - 1] + coarse[i, j + 1]
        loss += (4 * coarse[i, j] - around) ** 2
    return loss / max(len(inner), 1)


def value_range_forward(
    x: Array, center: tuple[float, ...], half: tuple[float, ...], power: float
) -> Any:
    loss = 0.0
    for i, j, c in np.ndindex(x.shape):
        loss += magnitude((x[i, j, c] - center[c]) / half[c]) ** power
    return loss


def nine_point_variation_forward(x: Array) -> Any:
    height, width, channels = x.shape

    def at(i: int, j: int, c: int) -> Any:
        return x[min(max(i, 0), height - 1), min(max(j, 0), width - 1), c]

    straight, diagonal = height * width * channels, (height + 1) * (width + 1) * channels
    loss = 0.0
    for i, j, c in np.ndindex(x.shape):
        loss += (at(i, j + 1, c) - at(i, j, c)) ** 2 * 2 / 3 / straight
        loss += (at(i + 1, j, c) - at(i, j, c)) ** 2 * 2 / 3 / straight
    for i, j, c in np.ndindex(height + 1, width + 1, channels):  # (i - 1, j - 1) begins outside
        loss += (at(i, j, c) - at(i - 1, j - 1, c)) ** 2 / 6 / diagonal
        loss += (at(i, j - 1, c) - at(i - 1, j, c)) ** 2 / 6 / diagonal
    return loss
