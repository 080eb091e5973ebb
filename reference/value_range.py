"""A penalty on values far from gray: it keeps a picture between black and white without bounds."""

import numpy as np

from .arrays import Floats, check_shape

Channels = tuple[float, float, float]


def value_range_forward(x: Floats, center: Channels, half: Channels, power: float) -> float:
    """Sum a power of how far each value is from gray, black and white being at distance 1.

    Parameters
    ----------
    x : (H, W, 3) ndarray of float
        The picture.
    center : (3,) tuple of float
        Of each channel, the value halfway between black and white.
    half : (3,) tuple of float
        Likewise, half of what is between them, above 0.
    power : float
        At least 2.

    Returns
    -------
    float
        ``sum |(x - center) / half|^power``, summed in float64.

    See Also
    --------
    value_range_backward : Its gradient.

    References
    ----------
    .. [1] A. Mahendran, A. Vedaldi, "Understanding Deep Image Representations by Inverting Them",
       arXiv:1412.0035, section 2, the alpha-norm.
    .. [2] crowsonkb/style_transfer, which takes the power 6.

    Examples
    --------
    >>> value_range_forward(np.array([[[0.0, 1.0, 4.0]]]), (0.0,) * 3, (2.0,) * 3, 2.0)
    4.25
    """
    return float(np.sum(np.abs(_distance(x, center, half)) ** power, dtype=np.float64))


def value_range_backward(
    grad_loss: float, x: Floats, center: Channels, half: Channels, power: float
) -> Floats:
    """Carry a gradient from `value_range_forward` back to the picture.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to its result: the term's weight.
    x, center, half, power
        What it saw.

    Returns
    -------
    (H, W, 3) ndarray of float
        Gradient with respect to `x`.

    See Also
    --------
    value_range_forward : The function differentiated here.

    Notes
    -----
    1. |y|^p has the slope ``p sign(y) |y|^(p - 1)``, also at 0, where it is 0.
    2. ``y = (x - center) / half`` has the slope ``1 / half``.
    """
    y = _distance(x, center, half)
    # forward:  loss = sum |y|^p,  y = (x - center) / half
    # so:       dx = p sign(y) |y|^(p - 1) / half
    slope = np.sign(y) * np.abs(y) ** x.dtype.type(power - 1)
    return np.asarray(slope * x.dtype.type(grad_loss * power) / np.array(half, x.dtype), x.dtype)


def _distance(x: Floats, center: Channels, half: Channels) -> Floats:
    """Map black to -1 and white to 1, channel by channel."""
    check_shape("x", x, (None, None, 3))
    return np.asarray((x - np.array(center, x.dtype)) / np.array(half, x.dtype), x.dtype)
