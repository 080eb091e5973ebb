"""Moments of features: how many, how much in sum, and which together; every statistic has these.

Read after `gram.py`; used by `statistics.py`.
"""

import numpy as np

from .arrays import Floats, as_column, check_shape


def moments_forward(x: Floats, weights: Floats | None = None) -> Floats:
    """Sum up positions, features, and products of two features.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features of one layer.
    weights : (H, W) ndarray of float, optional
        How much each position counts, at least 0; absent: all alike, 1.

    Returns
    -------
    (1 + C, 1 + C) ndarray of float
        ``[[s, S^T], [S, Q]]`` with s = sum w_i, S = sum w_i f_i and Q = sum w_i f_i f_i^T: the Gram
        matrix of the features with a channel of ones put before them, so symmetric.

    See Also
    --------
    moments_backward : Gradient of a loss through this function.

    Examples
    --------
    >>> moments_forward(np.array([[[1.0, 0.0], [2.0, 3.0]]]))
    array([[2., 3., 3.],
           [3., 5., 6.],
           [3., 6., 9.]])
    """
    f = _with_ones(x)  # (H*W, 1 + C)
    w = _column(weights, x)  # (H*W, 1)
    return f.T @ (f * w)  # (1 + C, 1 + C)


def moments_backward(grad_moments: Floats, x: Floats, weights: Floats | None = None) -> Floats:
    """Carry a gradient from the moments back to the features.

    Parameters
    ----------
    grad_moments : (1 + C, 1 + C) ndarray of float
        Gradient of the loss with respect to `moments_forward`'s result.
    x, weights
        What it saw.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`; the weights are constants.

    See Also
    --------
    moments_forward : The function differentiated here.
    affine : What it comes to.

    Notes
    -----
    With p_i = (1, f_i), the moments are N = sum w_i p_i p_i^T; let R be the incoming gradient.

    1. ``dL = <R, dN> = sum w_i <(R + R^T) p_i, dp_i>``, as for a Gram matrix.
    2. The one in p_i does not change, so of R + R^T only the rows of the features count: its
       column at the one, k, and the rest, K.
    3. So the gradient at position i is ``w_i (K f_i + k)``.
    """
    check_shape("grad_moments", grad_moments, (1 + x.shape[2],) * 2)
    # forward:  moments = sum of w p p.T,  p = (1, f)
    # so:       df = w (both @ p) without its first element,  both = grad + grad.T
    both = grad_moments + grad_moments.T
    return affine(x, both[1:, 1:], both[1:, 0], weights)


def affine(x: Floats, matrix: Floats, row: Floats, weights: Floats | None = None) -> Floats:
    """Map the feature vector of every position: the gradient of any loss on moments.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
    matrix : (C, C) ndarray of float
        Symmetric: K.
    row : (C,) ndarray of float
        k.
    weights : (H, W) ndarray of float, optional
        Absent: 1.

    Returns
    -------
    (H, W, C) ndarray of float
        ``w_i (K f_i + k)``.
    """
    f = x.reshape(-1, x.shape[2])  # (H*W, C)
    mapped = (f @ matrix + row) * _column(weights, x)
    return np.asarray(mapped, x.dtype).reshape(x.shape)


def _with_ones(x: Floats) -> Floats:
    """Put a channel of ones before the features: (H, W, C) to (H*W, 1 + C)."""
    check_shape("x", x, (None, None, None))
    f = x.reshape(-1, x.shape[2])
    return np.concatenate([np.ones((len(f), 1), x.dtype), f], axis=1)


def _column(weights: Floats | None, x: Floats) -> Floats:
    """Write the weights of all positions as a column, (H*W, 1) or (1, 1)."""
    return np.ones((1, 1), x.dtype) if weights is None else as_column(weights, x)
