"""Mean of squared differences where a mask lets them count: what holds a film's frames together."""

import numpy as np

from .arrays import Floats, check_shape
from .squared_error import squared_error_backward, squared_error_forward


def masked_squared_error_forward(x: Floats, target: Floats, mask: Floats) -> float:
    """Average the squared differences between two pictures, each pixel weighted by a mask.

    Parameters
    ----------
    x : (H, W, K) ndarray of float
        A picture.
    target : (H, W, K) ndarray of float
        What it should look like where the mask is not 0.
    mask : (H, W) ndarray of float
        0 where the target is not to be trusted, 1 where it is, or anything between.

    Returns
    -------
    float
        ``sum(mask * (x - target)^2) / (H W K)``, in float64.  It is divided by the number
        of *all* elements, so that a small trusted region counts little.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] M. Ruder, A. Dosovitskiy, T. Brox, "Artistic style transfer for videos",
       arXiv:1604.08610: the temporal consistency loss.

    Examples
    --------
    >>> x, target = np.array([[[1.0], [2.0]]]), np.array([[[3.0], [9.0]]])
    >>> masked_squared_error_forward(x, target, np.array([[1.0, 0.0]]))
    2.0
    """
    check_shape("target", target, x.shape)
    check_shape("mask", mask, x.shape[:2])
    # float32 would round the differences, and the squares by twice as much
    x, target = x.astype(np.float64), target.astype(np.float64)
    return squared_error_forward(x, target, divisor=x.size, weights=mask)


def masked_squared_error_backward(
    grad_loss: float, x: Floats, target: Floats, mask: Floats
) -> Floats:
    """Carry a gradient from the masked mean of squared differences back to the picture.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to `masked_squared_error_forward`'s result: the term's weight.
    x, target, mask : ndarray of float
        What it saw.

    Returns
    -------
    (H, W, K) ndarray of float
        Gradient with respect to `x`.

    Notes
    -----
    1. The mask is a factor of each square, and no function of `x`: it stays a factor, once.
    2. ``(x - target)^2`` has the slope ``2 (x - target)``, and no element is in another's square.
    3. The divisor and the incoming gradient are factors, and stay factors.
    """
    # forward:  loss = sum(mask (x - target)^2) / size
    # so:       dx = 2 mask (x - target) / size
    return squared_error_backward(grad_loss, x, target, divisor=x.size, weights=mask)
