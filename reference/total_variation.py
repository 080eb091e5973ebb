"""Total variation: a penalty on differences between neighboring pixels, in three forms.

Below, dx and dy are the forward differences ``x[i, j + 1] - x[i, j]`` and
``x[i + 1, j] - x[i, j]``.  Two more forms, with other neighborhoods, are in `smoothness.py`.
"""

import numpy as np

from .arrays import Floats, check_shape


def absolute_variation_forward(x: Floats, mean: bool = False) -> float:
    """Sum the absolute differences between neighbors: sum |dx| + sum |dy|.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        The picture.
    mean : bool
        Divide each of the two sums by the number of its differences.

    Returns
    -------
    float
        The penalty, summed in float64.

    References
    ----------
    .. [1] TensorFlow tutorial "Neural style transfer" (`tf.image.total_variation`).

    Examples
    --------
    >>> absolute_variation_forward(np.array([[[1.0], [3.0]], [[0.0], [0.0]]]))
    6.0
    """
    dx, dy = _differences(x)
    return sum(_total(np.abs(d), mean) for d in (dx, dy))


def absolute_variation_backward(grad_loss: float, x: Floats, mean: bool = False) -> Floats:
    """Carry a gradient from `absolute_variation_forward` back to the picture.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to the penalty: its weight.
    x, mean
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float

    Notes
    -----
    1. ``|d|`` has the slope sign(d); where two neighbors are equal we take 0.
    2. d = second - first pixel, so the second gets that slope, and the first gets minus it.
    """
    dx, dy = _differences(x)
    # forward:  loss = sum |dx| + sum |dy|
    # so:       ddx = sign(dx), ddy = sign(dy)
    grad_dx, grad_dy = (np.sign(d) * _gradient_of_total(grad_loss, d, mean) for d in (dx, dy))
    return _differences_backward(grad_dx, grad_dy, x)


def squared_variation_forward(x: Floats, mean: bool = False) -> float:
    """Sum the squared differences between neighbors: sum dx^2 + sum dy^2.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        The picture.
    mean : bool
        Divide each of the two sums by the number of its differences.

    Returns
    -------
    float
        The penalty, summed in float64.

    References
    ----------
    .. [1] anishathalye/neural-style, which takes the two means.

    Examples
    --------
    >>> squared_variation_forward(np.array([[[1.0], [3.0]], [[0.0], [0.0]]]))
    14.0
    """
    dx, dy = _differences(x)
    return sum(_total(np.square(d), mean) for d in (dx, dy))


def squared_variation_backward(grad_loss: float, x: Floats, mean: bool = False) -> Floats:
    """Carry a gradient from `squared_variation_forward` back to the picture.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to the penalty: its weight.
    x, mean
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float

    Notes
    -----
    1. d^2 has the slope 2 d.
    2. d = second - first pixel, so the second gets that slope, and the first gets minus it.
    """
    dx, dy = _differences(x)
    # forward:  loss = sum dx^2 + sum dy^2
    # so:       ddx = 2 dx, ddy = 2 dy
    grad_dx, grad_dy = (2 * d * _gradient_of_total(grad_loss, d, mean) for d in (dx, dy))
    return _differences_backward(grad_dx, grad_dy, x)


def power_variation_forward(
    x: Floats, exponent: float, epsilon: float = 0.0, mean: bool = False, wrap: bool = False
) -> float:
    """Sum a power of the squared gradient length: sum (dx^2 + dy^2 + epsilon)^exponent.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        The picture.
    exponent : float
        1.25 in Keras's example and its descendants; 1 with the weight 1/2 in neural-style;
        0.5 is the total variation of Rudin, Osher and Fatemi.
    epsilon : float
        Keeps the slope finite where the picture is flat and ``exponent < 1``.
    mean : bool
        Divide the sum by the number of its elements.
    wrap : bool
        Whether the last column's neighbor is the first one, and likewise for rows (crowsonkb's
        Caffe program); otherwise the sum runs over the (H - 1) x (W - 1) pixels that have both
        neighbors.

    Returns
    -------
    float
        The penalty, summed in float64.

    References
    ----------
    .. [1] A. Mahendran, A. Vedaldi, "Understanding Deep Image Representations by Inverting Them",
       arXiv:1412.0035, equation 3 (with beta = 2 * exponent).

    Examples
    --------
    >>> power_variation_forward(np.array([[[0.0], [3.0]], [[4.0], [9.0]]]), exponent=0.5)
    5.0
    """
    dx, dy = _paired_differences(x, wrap)
    return _total(np.power(dx**2 + dy**2 + x.dtype.type(epsilon), exponent), mean)


def power_variation_backward(
    grad_loss: float,
    x: Floats,
    exponent: float,
    epsilon: float = 0.0,
    mean: bool = False,
    wrap: bool = False,
) -> Floats:
    """Carry a gradient from `power_variation_forward` back to the picture.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to the penalty: its weight.
    x, exponent, epsilon, mean, wrap
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float

    Notes
    -----
    1. With e = dx^2 + dy^2 + epsilon, e^b has the slope b e^(b - 1) with respect to e.
    2. e has the slopes 2 dx and 2 dy with respect to the differences.
    3. d = second - first pixel, so the second gets that slope, and the first gets minus it.
    4. Where the picture is flat and epsilon is 0 we take 0, also for b <= 1/2, where the penalty
       has a kink.
    """
    dx, dy = _paired_differences(x, wrap)
    # forward:  loss = sum e^b   with  e = dx^2 + dy^2 + epsilon
    # so:       ddx = b e^(b - 1) 2 dx, ddy = b e^(b - 1) 2 dy
    e = dx**2 + dy**2 + x.dtype.type(epsilon)
    slope = np.zeros_like(e)
    np.power(e, exponent - 1, out=slope, where=e > 0)
    slope *= 2 * exponent * _gradient_of_total(grad_loss, e, mean)
    if wrap:
        grad_dx, grad_dy = dx * slope, dy * slope
        return np.roll(grad_dx, 1, axis=1) + np.roll(grad_dy, 1, axis=0) - grad_dx - grad_dy
    grad_dx = np.pad(dx * slope, ((0, 1), (0, 0), (0, 0)))  # (H, W - 1, C)
    grad_dy = np.pad(dy * slope, ((0, 0), (0, 1), (0, 0)))  # (H - 1, W, C)
    return _differences_backward(grad_dx, grad_dy, x)


def _differences(x: Floats) -> tuple[Floats, Floats]:
    """Take forward differences: dx (H, W - 1, C) and dy (H - 1, W, C)."""
    check_shape("x", x, (None, None, None))
    return x[:, 1:] - x[:, :-1], x[1:] - x[:-1]


def _differences_backward(grad_dx: Floats, grad_dy: Floats, x: Floats) -> Floats:
    """Carry gradients from both differences back to the picture."""
    grad_x = np.zeros_like(x)
    # forward:  dx = x[:, 1:] - x[:, :-1]
    # so:       dx goes to the right pixel with +, to the left one with -
    grad_x[:, 1:] += grad_dx
    grad_x[:, :-1] -= grad_dx
    grad_x[1:] += grad_dy
    grad_x[:-1] -= grad_dy
    return grad_x


def _paired_differences(x: Floats, wrap: bool) -> tuple[Floats, Floats]:
    """Take forward differences where both exist, (H - 1, W - 1, C), or (H, W, C) with wrap."""
    if wrap:
        check_shape("x", x, (None, None, None))
        return np.roll(x, -1, axis=1) - x, np.roll(x, -1, axis=0) - x
    dx, dy = _differences(x)
    return dx[:-1], dy[:, :-1]


def _total(values: Floats, mean: bool) -> float:
    """Sum in float64, or average; nothing to sum is 0."""
    return float(values.sum(dtype=np.float64)) / (max(values.size, 1) if mean else 1)


def _gradient_of_total(grad_loss: float, values: Floats, mean: bool) -> np.floating:
    """Return the gradient of `_total` with respect to each value, in their dtype."""
    gradient: np.floating = values.dtype.type(grad_loss / (max(values.size, 1) if mean else 1))
    return gradient
