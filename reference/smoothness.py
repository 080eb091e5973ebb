"""Two more penalties on rough pictures: andersbll's Laplacian and crowsonkb's nine points."""

import numpy as np

from .arrays import Floats, check_shape


def laplacian_variation_forward(x: Floats) -> float:
    """Sum the squared differences to all neighbors, those outside the picture being zero.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        The picture.

    Returns
    -------
    float
        1/16 of the sum over all pairs of neighbors, pairs across the border included.

    References
    ----------
    .. [1] A. B. L. Larsen, andersbll/neural_artistic_style, which has only the gradient; this is
       the function that it belongs to.

    Examples
    --------
    >>> laplacian_variation_forward(np.array([[[2.0]]]))
    1.0
    """
    check_shape("x", x, (None, None, None))
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))  # (H + 2, W + 2, C)
    horizontal, vertical = np.diff(padded, axis=1), np.diff(padded, axis=0)
    return float(sum(np.sum(np.square(d), dtype=np.float64) for d in (horizontal, vertical)) / 16)


def laplacian_variation_backward(grad_loss: float, x: Floats) -> Floats:
    """Carry a gradient from `laplacian_variation_forward` back to the picture.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to the penalty: its weight.
    x : (H, W, C) ndarray of float
        The picture that it saw.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient with respect to `x`: minus the five-point Laplacian, over 8.

    Notes
    -----
    1. Each pixel p is in four pairs; a pair's (x_p - x_q)^2 has the slope 2 (x_p - x_q).
    2. ``dx_p = 1/16 sum_q 2 (x_p - x_q) = 1/8 (4 x_p - sum_q x_q)``, where x_q is 0 outside.
    """
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))  # (H + 2, W + 2, C)
    neighbors = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    # forward:  loss = 1/16 sum of (x_p - x_q)^2 over pairs
    # so:       dx_p = (4 x_p - sum_q x_q) / 8
    return (4 * x - neighbors) * x.dtype.type(grad_loss / 8)


def nine_point_variation_forward(x: Floats) -> float:
    """Average the squared differences to straight and diagonal neighbors.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        The picture; beyond its border the outermost pixels are repeated.

    Returns
    -------
    float
        2/3 of the mean squared horizontal and vertical differences each, plus 1/6 of the diagonal
        ones each.

    References
    ----------
    .. [1] crowsonkb/style-transfer-pytorch ("L2 total variation loss, nine point stencil"):
       replicated border of one, differences within the bordered picture; its horizontal and
       vertical means run over H x W, its diagonal ones over (H + 1) x (W + 1).
    """
    check_shape("x", x, (None, None, None))
    return float(
        sum(
            weight * np.mean(np.square(second - first), dtype=np.float64)
            for first, second, weight in _nine_point_pairs(_replicate(x))
        )
    )


def nine_point_variation_backward(grad_loss: float, x: Floats) -> Floats:
    """Carry a gradient from `nine_point_variation_forward` back to the picture.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to the penalty: its weight.
    x : (H, W, C) ndarray of float
        The picture that it saw.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient with respect to `x`.

    Notes
    -----
    1. Each direction adds ``weight mean((second - first)^2)``: the slope is
       ``2 weight (second - first) / size`` for the second pixel, and minus that for the first.
    2. The border repeats pixels, so what comes to the border goes to the pixels repeated there.
    """
    padded = _replicate(x)
    grad_padded = np.zeros_like(padded)
    pairs = zip(_nine_point_pairs(padded), _nine_point_pairs(grad_padded), strict=True)
    for (first, second, weight), (grad_first, grad_second, _) in pairs:
        # forward:  loss += weight mean((second - first)^2)
        # so:       dsecond += weight 2 (second - first) / size, and dfirst the opposite
        slope = (second - first) * x.dtype.type(2 * grad_loss * weight / first.size)
        grad_second += slope
        grad_first -= slope
    return _replicate_backward(grad_padded)


def _nine_point_pairs(padded: Floats) -> list[tuple[Floats, Floats, float]]:
    """List (pixels, their neighbors, weight) as views of a bordered picture, for each direction."""
    center = padded[1:-1, 1:-1]
    return [
        (center, padded[1:-1, 2:], 2 / 3),
        (center, padded[2:, 1:-1], 2 / 3),
        (padded[:-1, :-1], padded[1:, 1:], 1 / 6),
        (padded[:-1, 1:], padded[1:, :-1], 1 / 6),
    ]


def _replicate(x: Floats) -> Floats:
    """Repeat the outermost pixels once, (H, W, C) to (H + 2, W + 2, C)."""
    return np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")


def _replicate_backward(grad_padded: Floats) -> Floats:
    """Add the gradient at the repeated pixels to those that they repeat."""
    folded = grad_padded.copy()
    folded[1] += folded[0]
    folded[-2] += folded[-1]
    folded[:, 1] += folded[:, 0]
    folded[:, -2] += folded[:, -1]
    return folded[1:-1, 1:-1]
