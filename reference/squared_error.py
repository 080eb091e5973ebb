"""Sum of squared differences: the distance behind the content loss and the style loss."""

import numpy as np

from .arrays import Floats, as_column, check_shape


def squared_error_forward(
    x: Floats, target: Floats, divisor: float, weights: Floats | None = None
) -> float:
    """Sum the squared differences between two arrays.

    Parameters
    ----------
    x : ndarray of float
        Features (H, W, C) for a content loss, a Gram matrix (C, C) for a style loss.
    target : ndarray of float
        The same of the picture to be matched, same shape.
    divisor : float
        2 gives the paper's content loss, the number of elements a mean; see
        `backpaint.problem.divisors`.
    weights : (H, W) ndarray of float, optional
        Of features: how much each position counts; absent: all alike, 1.

    Returns
    -------
    float
        ``sum((x - target)^2) / divisor``, summed in float64; each square times its weight.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, "A Neural Algorithm of Artistic Style",
       arXiv:1508.06576, equations 1 and 4.

    Examples
    --------
    >>> squared_error_forward(np.array([1.0, 2.0]), np.array([1.0, 5.0]), 2)
    4.5
    """
    check_shape("target", target, x.shape)
    squares = np.square(x - target)
    if weights is not None:
        squares *= as_column(weights, x).reshape(*weights.shape, 1)
    return float(np.sum(squares, dtype=np.float64) / divisor)


def squared_error_backward(
    grad_loss: float, x: Floats, target: Floats, divisor: float, weights: Floats | None = None
) -> Floats:
    """Carry a gradient from the sum of squared differences back to the first array.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to `squared_error_forward`'s result: the term's weight.
    x, target : ndarray of float
        What it saw.
    divisor : float
        As in the forward pass.
    weights : (H, W) ndarray of float, optional
        As in the forward pass; constants.

    Returns
    -------
    ndarray of float
        Gradient with respect to `x`, same shape.

    Notes
    -----
    1. ``(x - target)^2`` has the slope ``2 (x - target)``, and no element is in another's square.
    2. The divisor, the weights and the incoming gradient are factors, and stay factors.
    """
    # forward:  loss = sum(w (x - target)^2) / divisor
    # so:       dx = 2 w (x - target) / divisor
    grad_x = (x - target) * x.dtype.type(2 * grad_loss / divisor)
    if weights is not None:
        grad_x *= as_column(weights, x).reshape(*weights.shape, 1)
    return grad_x


def sum_of_squares(x: Floats) -> float:
    """Compute ``sum(x^2)`` in float64, row by row.

    Parameters
    ----------
    x : ndarray of float
        Of any shape; the rows are those of its first axis.

    Examples
    --------
    >>> sum_of_squares(np.array([[1.0, 2.0], [3.0, 0.0]]))
    14.0
    """
    return sum(float(np.sum(np.square(row, dtype=np.float64))) for row in x)
