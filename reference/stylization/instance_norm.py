"""Instance normalization: each channel of one picture gets a given mean and deviation."""

import numpy as np

from ..arrays import Floats, check_shape


def instance_norm_forward(x: Floats, gamma: Floats, beta: Floats, epsilon: float) -> Floats:
    """Normalize each channel to the mean `beta` and, nearly, the deviation `gamma`.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    gamma, beta : (C,) ndarray of float
        Scale and shift of each channel.  In a stylization network they come from the style.
    epsilon : float
        Added to the variance, so that a flat channel can be divided.

    Returns
    -------
    (H, W, C) ndarray of float
        ``gamma n + beta`` with ``n = (x - mean) / sqrt(variance + epsilon)``; mean and variance
        are over the H W positions of a channel, the variance divided by H W.

    See Also
    --------
    instance_norm_backward_input, instance_norm_backward_gamma, instance_norm_backward_beta

    References
    ----------
    .. [1] D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance Normalization: The Missing Ingredient
       for Fast Stylization", arXiv:1607.08022.
    .. [2] V. Dumoulin, J. Shlens, M. Kudlur, "A Learned Representation For Artistic Style",
       arXiv:1610.07629, equation 5: one gamma and beta for each style.

    Examples
    --------
    >>> x = np.array([[[1.0], [3.0]]])
    >>> instance_norm_forward(x, np.array([10.0]), np.array([5.0]), 0.0)[0, :, 0]
    array([-5., 15.])
    """
    check_shape("x", x, (None, None, None))
    check_shape("gamma", gamma, (x.shape[2],))
    check_shape("beta", beta, (x.shape[2],))
    normal, _ = _normalized(x, epsilon)
    return np.asarray(gamma * normal + beta)


def instance_norm_backward_input(
    grad_y: Floats, x: Floats, gamma: Floats, epsilon: float
) -> Floats:
    """Carry a gradient from the output of instance normalization back to its input.

    Parameters
    ----------
    grad_y : (H, W, C) ndarray of float
        Gradient of the loss with respect to `instance_norm_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw.
    gamma : (C,) ndarray of float
        Its scale.
    epsilon : float
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`.

    See Also
    --------
    instance_norm_forward : The function differentiated here.

    Notes
    -----
    Below, s is ``sqrt(variance + epsilon)`` and M = H W.

    1. ``n = (x - mean) / s``, and ``dn = gamma dy``.
    2. Moving x[p] moves the mean by 1/M, and that moves every n by -1 / (M s).  So x[p] pays
       the mean of all ``dn`` back.
    3. It also moves s: ``s^2 = mean((x - mean)^2) + epsilon`` has the slope 2 (x[p] - mean) / M,
       so s has n[p] / M; and every n[q] = (x[q] - mean) / s moves by ``-n[q] n[p] / (M s)``.  So
       x[p] pays back n[p] times the mean of all ``dn n``.
    4. Together ``dx = (dn - mean(dn) - n mean(dn n)) / s``: what is left is what no shift and no
       scaling of the channel could have done.
    """
    check_shape("grad_y", grad_y, x.shape)
    normal, deviation = _normalized(x, epsilon)
    # forward:  n = (x - mean(x)) / s,   y = gamma n + beta
    # so:       dn = gamma dy,           dx = (dn - mean(dn) - n mean(dn n)) / s
    grad_normal = gamma * grad_y
    from_mean = grad_normal.mean(axis=(0, 1))
    from_deviation = normal * (grad_normal * normal).mean(axis=(0, 1))
    return np.asarray((grad_normal - from_mean - from_deviation) / deviation)


def instance_norm_backward_gamma(grad_y: Floats, x: Floats, epsilon: float) -> Floats:
    """Carry a gradient from the output of instance normalization back to its scale.

    Parameters
    ----------
    grad_y : (H, W, C) ndarray of float
        Gradient of the loss with respect to `instance_norm_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw.
    epsilon : float
        As in the forward pass.

    Returns
    -------
    (C,) ndarray of float
        Gradient of the loss with respect to ``gamma``.

    See Also
    --------
    instance_norm_forward : The function differentiated here.

    Notes
    -----
    1. ``gamma[c]`` multiplies ``n[i, j, c]`` at every position.
    2. So its gradient is the sum of ``dy n`` over all positions of its channel.
    """
    check_shape("grad_y", grad_y, x.shape)
    normal, _ = _normalized(x, epsilon)
    # forward:  y = gamma n + beta
    # so:       dgamma = sum of dy n over positions
    return np.asarray((grad_y * normal).sum(axis=(0, 1)))


def instance_norm_backward_beta(grad_y: Floats) -> Floats:
    """Carry a gradient from the output of instance normalization back to its shift.

    Parameters
    ----------
    grad_y : (H, W, C) ndarray of float
        Gradient of the loss with respect to `instance_norm_forward`'s result.

    Returns
    -------
    (C,) ndarray of float
        Gradient of the loss with respect to ``beta``.

    See Also
    --------
    instance_norm_forward : The function differentiated here.

    Notes
    -----
    1. ``beta[c]`` is added at every position, with the slope 1.
    2. So its gradient is the sum of ``dy`` over all positions of its channel.
    """
    check_shape("grad_y", grad_y, (None, None, None))
    # forward:  y = gamma n + beta
    # so:       dbeta = sum of dy over positions
    return np.asarray(grad_y.sum(axis=(0, 1)))


def _normalized(x: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """Compute n, (H, W, C), and s, (C,)."""
    centered = x - x.mean(axis=(0, 1))
    deviation = np.sqrt(np.square(centered).mean(axis=(0, 1)) + x.dtype.type(epsilon))
    return centered / deviation, deviation
