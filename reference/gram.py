"""Gram matrix: which feature channels fire together, wherever they fire.

Read after `conv.py`; used by `terms.py`.
"""

from .arrays import Floats, as_column, check_shape


def gram_forward(x: Floats, divisor: float = 1.0, weights: Floats | None = None) -> Floats:
    """Correlate every channel of a feature map with every other.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features of one layer.
    divisor : float
        1 (the paper), H * W (Gatys's PyTorch code, TensorFlow tutorial) or C * H * W (PyTorch
        tutorial, neural-style); see `backpaint.problem.divisors`.
    weights : (H, W) ndarray of float, optional
        How much each position counts, at least 0; absent: all alike, 1.

    Returns
    -------
    (C, C) ndarray of float
        ``gram[i, j]`` is the inner product of channels ``i`` and ``j`` over all positions, each
        times its weight, divided by `divisor`; symmetric.

    Raises
    ------
    ValueError
        If `x` is not three-dimensional.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, "A Neural Algorithm of Artistic Style",
       arXiv:1508.06576, equation 3.

    Examples
    --------
    >>> import numpy as np
    >>> gram_forward(np.array([[[1.0, 0.0], [2.0, 3.0]]]))
    array([[5., 6.],
           [6., 9.]])
    """
    check_shape("x", x, (None, None, None))
    f = x.reshape(-1, x.shape[2])  # (H*W, C)
    counted = f if weights is None else f * as_column(weights, x)  # (H*W, C)
    return f.T @ counted / x.dtype.type(divisor)  # (C, C)


def gram_backward(
    grad_gram: Floats, x: Floats, divisor: float = 1.0, weights: Floats | None = None
) -> Floats:
    """Carry a gradient from the Gram matrix back to the features.

    Parameters
    ----------
    grad_gram : (C, C) ndarray of float
        Gradient of the loss with respect to `gram_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that `gram_forward` saw.
    divisor : float
        As in the forward pass.
    weights : (H, W) ndarray of float, optional
        As in the forward pass; constants.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`.

    Notes
    -----
    With f = x as an (M, C) matrix, G = f^T f / d, and R the incoming gradient:

    1. ``dL = sum_ij R_ij dG_ij = <R, df^T f + f^T df> / d`` by the product rule.
    2. Moving f across, ``dL = <f R^T + f R, df> / d``.
    3. So the gradient is ``f (R + R^T) / d``.  `grad_gram` need not be symmetric; when it is (the
       style loss gives 2 (G - A)), this is the 4 f (G - A) behind equation 6 of [1]_.
    4. Weights w_i are a factor of each position's part of G, ``w_i f_i f_i^T``, and so of its row
       of the gradient: once, as they stand in G once.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, "A Neural Algorithm of Artistic Style",
       arXiv:1508.06576.

    Examples
    --------
    >>> import numpy as np
    >>> gram_backward(np.eye(2), np.array([[[1.0, 0.0], [2.0, 3.0]]]))
    array([[[2., 0.],
            [4., 6.]]])
    """
    check_shape("grad_gram", grad_gram, (x.shape[2], x.shape[2]))
    f = x.reshape(-1, x.shape[2])  # (H*W, C)
    # forward:  gram = f.T @ (w f) / divisor
    # so:       df = w f @ (grad_gram + grad_gram.T) / divisor
    grad_f = f @ ((grad_gram + grad_gram.T) / x.dtype.type(divisor))  # (H*W, C)
    if weights is not None:
        grad_f = grad_f * as_column(weights, x)
    return grad_f.reshape(x.shape)
