"""The Laplacian loss: edges of the content, looked at through coarse pixels."""

import numpy as np

from .arrays import Floats, check_shape


def content_laplacian_forward(x: Floats, content: Floats, pool: int) -> float:
    """Compare the Laplacians of two pictures whose pixels were averaged in squares.

    Parameters
    ----------
    x, content : (H, W, C) ndarray of float
        The painting and the photograph.
    pool : int
        Side of the squares, at least 1; rows and columns that fill none are left out.

    Returns
    -------
    float
        With e the Laplacian, 4 times a pixel less its four neighbors, of the averaged difference
        x - content summed over channels: the mean of e^2 over all averaged pixels that have four
        neighbors; 0 if none has.

    See Also
    --------
    content_laplacian_backward : Its gradient.

    References
    ----------
    .. [1] S. Li, X. Xu, L. Nie, T.-S. Chua, "Laplacian-Steered Neural Style Transfer",
       arXiv:1707.01253, equations 5 and 6; the border and the mean are those of its program
       (askerlee/lapstyle).

    Examples
    --------
    >>> spot = np.zeros((3, 3, 1))
    >>> spot[1, 1] = 2.0
    >>> content_laplacian_forward(spot, np.zeros_like(spot), pool=1)
    64.0
    """
    e = _laplacian(_pooled_difference(x, content, pool))
    return float(np.sum(np.square(e), dtype=np.float64) / max(e.size, 1))


def content_laplacian_backward(grad_loss: float, x: Floats, content: Floats, pool: int) -> Floats:
    """Carry a gradient from `content_laplacian_forward` back to the painting.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to its result: the term's weight.
    x, content, pool
        What it saw.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient with respect to `x`, the same in all channels.

    See Also
    --------
    content_laplacian_forward : The function differentiated here.

    Notes
    -----
    1. The mean of e^2 over n pixels has the slope ``2 e / n``.
    2. An averaged pixel d counts 4 times in its own e and -1 times in that of each neighbor which
       has one.  So its gradient is the Laplacian of de again, with zeros where there is no e.
    3. A pixel is one of p^2 in its average, in every channel, and gets ``1 / p^2`` of its gradient;
       those that fill no square get 0.
    """
    d = _pooled_difference(x, content, pool)  # (h, w)
    e = _laplacian(d)  # (h - 2, w - 2)
    # forward:  loss = mean(e^2)
    # so:       de = 2 e / n
    grad_e = e * x.dtype.type(2 * grad_loss / max(e.size, 1))
    # forward:  e = 4 d - its neighbors
    # so:       dd = 4 de - its neighbors
    grad_d = _laplacian(np.pad(grad_e, 2)) if e.size else np.zeros_like(d)
    # forward:  d = mean over a square of the sum over channels of x - content
    # so:       dx = dd / p^2
    spread = np.repeat(np.repeat(grad_d / x.dtype.type(pool**2), pool, axis=0), pool, axis=1)
    grad_x = np.zeros_like(x)
    grad_x[: spread.shape[0], : spread.shape[1]] = spread[:, :, np.newaxis]
    return grad_x


def _pooled_difference(x: Floats, content: Floats, pool: int) -> Floats:
    """Sum x - content over channels and average it in squares: (H, W, C) to (H // p, W // p)."""
    check_shape("x", x, (None, None, None))
    check_shape("content", content, x.shape)
    rows, columns = x.shape[0] // pool, x.shape[1] // pool
    kept = (x - content)[: rows * pool, : columns * pool].sum(axis=2)
    averaged: Floats = kept.reshape(rows, pool, columns, pool).mean(axis=(1, 3))
    return averaged


def _laplacian(d: Floats) -> Floats:
    """Take 4 times each inner pixel less its neighbors: (h, w) to (h - 2, w - 2)."""
    if min(d.shape) < 3:
        return np.zeros((0, 0), d.dtype)
    return 4 * d[1:-1, 1:-1] - d[:-2, 1:-1] - d[2:, 1:-1] - d[1:-1, :-2] - d[1:-1, 2:]
