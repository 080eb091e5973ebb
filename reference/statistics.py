"""Statistics of style besides the Gram matrix: what is compared of two clouds of features.

Read after `moments.py`; used by `terms.py`, and by engines that only sum up moments themselves.
A cloud is known by its mean and covariance, as if it were a normal distribution; all here is
small, C x C, and in float64.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import numpy as np

from .newton_schulz import root_by_steps, trace_of_root_backward, trace_of_root_by_equation
from .symmetric_power import Matrix, symmetric_power


@dataclass(frozen=True, eq=False)
class Normal:
    """A normal distribution of features, or a gradient with respect to one.

    Attributes
    ----------
    mean : (C,) ndarray of float64
    covariance : (C, C) ndarray of float64
        Symmetric.
    """

    mean: Matrix
    covariance: Matrix

    @cached_property
    def spectrum(self) -> tuple[Matrix, Matrix]:
        """Eigenvalues (C,) and eigenvectors (C, C) of the covariance, computed once."""
        values, vectors = np.linalg.eigh(self.covariance)
        return values, vectors

    @property
    def variance(self) -> float:
        """The mean over channels."""
        return float(np.trace(self.covariance) / len(self.mean))


def normal_forward(moments: Matrix) -> Normal:
    """Compute mean and covariance from moments.

    Parameters
    ----------
    moments : (1 + C, 1 + C) ndarray of float64
        See `moments_forward`.  Summed in float32, they should be those of features from which a
        near mean was subtracted: the covariance is a difference.

    Returns
    -------
    Normal
        ``mu = S / s`` and ``V = Q / s - mu mu^T``.

    See Also
    --------
    normal_backward : Gradient of a loss through this function.
    """
    mean = moments[0, 1:] / moments[0, 0]
    return Normal(mean, moments[1:, 1:] / moments[0, 0] - np.outer(mean, mean))


def normal_backward(grad: Normal, moments: Matrix) -> Matrix:
    """Carry a gradient from mean and covariance back to moments.

    Parameters
    ----------
    grad : Normal
        a and B: gradients with respect to the mean and to the covariance, this one symmetric.
    moments : (1 + C, 1 + C) ndarray of float64
        What `normal_forward` saw.

    Returns
    -------
    (1 + C, 1 + C) ndarray of float64
        Gradient with respect to `moments`, symmetric; 0 for the number of positions, a constant.

    See Also
    --------
    normal_forward : The function differentiated here.

    Notes
    -----
    1. ``dmu = dS / s``, and ``dV = dQ / s - dmu mu^T - mu dmu^T``.
    2. ``dL = a . dmu + <B, dV> = (a - 2 B mu) . dS / s + <B, dQ> / s``, as B is symmetric.
    3. So Q gets B / s, and S gets (a - 2 B mu) / s, half of it in the row and half in the column
       where S stands.
    """
    count, mean = moments[0, 0], moments[0, 1:] / moments[0, 0]
    grad_moments = np.zeros_like(moments)
    # forward:  mean = S / s,  covariance = Q / s - mean mean.T
    # so:       dQ = B / s,    dS = (a - 2 B mean) / s
    grad_moments[1:, 1:] = grad.covariance / count
    half = (grad.mean - 2 * grad.covariance @ mean) / count / 2
    grad_moments[0, 1:] = grad_moments[1:, 0] = half
    return grad_moments


def covariance_forward(
    normal: Normal, target: Matrix, factor: float = 1.0, divisor: float = 1.0
) -> float:
    """Compare a covariance, times a factor, with a wanted matrix.

    Parameters
    ----------
    normal : Normal
        Of the painting's features.
    target : (C, C) ndarray of float64
    factor : float
        H * W / `gram_divisor`: the Gram matrix of the features less their mean, divided as a Gram
        matrix is, then stands for the covariance.
    divisor : float

    Returns
    -------
    float
        ``sum((factor V - target)^2) / divisor``.

    See Also
    --------
    covariance_backward : Its gradient.
    """
    return float(np.sum(np.square(factor * normal.covariance - target)) / divisor)


def covariance_backward(
    grad_loss: float, normal: Normal, target: Matrix, factor: float = 1.0, divisor: float = 1.0
) -> Normal:
    """Carry a gradient from `covariance_forward` back to the normal distribution.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to its result: the term's weight.
    normal, target, factor, divisor
        What it saw.

    Returns
    -------
    Normal

    See Also
    --------
    covariance_forward : The function differentiated here.

    Notes
    -----
    1. The square has the slope ``2 (factor V - target)``, and the covariance comes with `factor`.
    2. The mean is not looked at.  It is in the covariance all the same, and `normal_backward`
       subtracts it from the features again.
    """
    # forward:  loss = sum((factor covariance - target)^2) / divisor
    # so:       dcovariance = 2 factor (factor covariance - target) / divisor
    slope = (2 * grad_loss * factor / divisor) * (factor * normal.covariance - target)
    return Normal(np.zeros_like(normal.mean), slope)


def mean_deviation_forward(normal: Normal, target: Normal, epsilon: float) -> float:
    """Compare means and standard deviations, channel by channel.

    Parameters
    ----------
    normal, target : Normal
        Of the painting's features and of the style's.
    epsilon : float
        Added to every variance, above 0: see `added_variance`.

    Returns
    -------
    float
        ``sum((mu - nu)^2 + (sigma - tau)^2) / C``, sigma and tau the roots of the variances.

    See Also
    --------
    mean_deviation_backward : Its gradient.

    References
    ----------
    .. [1] Y. Li, N. Wang, J. Liu, X. Hou, "Demystifying Neural Style Transfer", arXiv:1701.01036:
       its statistics of batch normalization.
    """
    sigma, tau = _deviations(normal, epsilon), _deviations(target, epsilon)
    means = np.sum(np.square(normal.mean - target.mean))
    return float((means + np.sum(np.square(sigma - tau))) / len(sigma))


def mean_deviation_backward(
    grad_loss: float, normal: Normal, target: Normal, epsilon: float
) -> Normal:
    """Carry a gradient from `mean_deviation_forward` back to the normal distribution.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to its result: the term's weight.
    normal, target, epsilon
        What it saw.

    Returns
    -------
    Normal
        Its covariance is diagonal.

    See Also
    --------
    mean_deviation_forward : The function differentiated here.

    Notes
    -----
    1. The means have the slope ``2 (mu - nu) / C``.
    2. The deviations have ``2 (sigma - tau) / C``, and sigma, the root of a variance v + epsilon,
       has ``1 / (2 sigma)`` with respect to v: together ``(sigma - tau) / (C sigma)``.
    """
    sigma, tau = _deviations(normal, epsilon), _deviations(target, epsilon)
    # forward:  loss = sum((mean - nu)^2 + (sigma - tau)^2) / C,  sigma = sqrt(variance + epsilon)
    # so:       dmean = 2 (mean - nu) / C,  dvariance = (sigma - tau) / (C sigma)
    by = grad_loss / len(sigma)
    return Normal(2 * by * (normal.mean - target.mean), np.diag(by * (sigma - tau) / sigma))


def wasserstein_forward(
    normal: Normal, target: Normal, epsilon: float, root_steps: int | None = None
) -> float:
    """Compute the squared Wasserstein distance of two normal distributions, divided by C.

    Parameters
    ----------
    normal, target : Normal
        Of the painting's features and of the style's.
    epsilon : float
        Added to the diagonals of both covariances, above 0: see `added_variance`.
    root_steps : int, optional
        Roots are those of so many Newton-Schulz steps; see `newton_schulz`.

    Returns
    -------
    float
        ``(|mu - nu|^2 + tr(V + W - 2 (W^1/2 V W^1/2)^1/2)) / C``: how far the features must be
        carried, in the mean of their squared ways, to become distributed as the style's.

    See Also
    --------
    wasserstein_backward : Its gradient.

    References
    ----------
    .. [1] I. Olkin, F. Pukelsheim, "The distance between two random vectors with given dispersion
       matrices", Linear Algebra and its Applications 48 (1982).
    """
    v, root = _symmetric(normal, epsilon), _root(target, epsilon, root_steps)
    values = np.asarray(np.linalg.eigvalsh(root @ v @ root), np.float64)
    if root_steps is None:
        roots, of_target = np.sqrt(np.maximum(values, epsilon**2)), np.sum(np.square(root))
    else:
        roots = root_by_steps(values, root_steps)
        of_target = np.trace(_symmetric(target, epsilon))
    means = np.sum(np.square(normal.mean - target.mean))
    traces = np.trace(v) + of_target - 2 * np.sum(roots)
    return float((means + traces) / len(v))


def wasserstein_backward(
    grad_loss: float,
    normal: Normal,
    target: Normal,
    epsilon: float,
    root_steps: int | None = None,
    root_backward: Literal["steps", "equation"] = "steps",
) -> Normal:
    """Carry a gradient from `wasserstein_forward` back to the normal distribution.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to its result: the term's weight.
    normal, target, epsilon, root_steps
        What it saw.
    root_backward : {"steps", "equation"}
        ``equation``: with `root_steps`, what systems take for the gradient, and is not.

    Returns
    -------
    Normal

    See Also
    --------
    wasserstein_forward : The function differentiated here.

    Notes
    -----
    With V and W the covariances of the painting's features and of the style's:

    1. The means have the slope ``2 (mu - nu) / C``, and tr V has the identity.
    2. For a symmetric X, ``d tr X^1/2 = <X^-1/2, dX> / 2``.  Here X = W^1/2 V W^1/2, so
       ``-2 d tr X^1/2 = -<T, dV>`` with ``T = W^1/2 X^-1/2 W^1/2``.
    3. So V gets ``(I - T) / C``.

    T is the optimal transport between the two distributions: T V T = W, and f goes to
    nu + T (f - mu).  Behind `normal_backward` and `moments_backward` the gradient at position i is
    2 / (C M) times f_i minus the place where it is carried: the loss pulls every feature straight
    to its place in the style.

    With `root_steps` there is the gradient of that trace in the place of ``X^-1/2 / 2``.
    """
    v, root = _symmetric(normal, epsilon), _root(target, epsilon, root_steps)
    # forward:  loss = (|mean - nu|^2 + tr(V) + tr(W) - 2 tr(X^1/2)) / C,  X = W^1/2 V W^1/2
    # so:       dmean = 2 (mean - nu) / C,  dV = (I - W^1/2 X^-1/2 W^1/2) / C
    x = root @ v @ root
    if root_steps is None:
        inverse = symmetric_power(x, -0.5, epsilon**2)
    else:
        values, vectors = np.linalg.eigh(x)
        of_steps = root_backward == "steps"
        backward = trace_of_root_backward if of_steps else trace_of_root_by_equation
        inverse = (vectors * (2 * backward(values, root_steps))) @ vectors.T
    transport = root @ inverse @ root
    by = grad_loss / len(v)
    return Normal(2 * by * (normal.mean - target.mean), by * (np.eye(len(v)) - transport))


def added_variance(target: Normal, part: float, *, absolute: bool = False) -> float:
    """Compute the epsilon of a style: a part of 1 plus its mean variance.

    Parameters
    ----------
    target : Normal
        Of the style's features.
    part : float
        ``style.epsilon`` of a recipe.
    absolute : bool
        Whether that is the epsilon itself, as some systems have it.

    Notes
    -----
    Systems feed their networks 0..1 or 0..255, and features grow with that; what is added must
    grow, too, or it is lost in rounding.
    """
    return part if absolute else part * (1.0 + target.variance)


def _deviations(normal: Normal, epsilon: float) -> Matrix:
    variances = np.maximum(np.diag(normal.covariance), 0)  # rounding makes some negative
    return cast(Matrix, np.sqrt(variances + epsilon))


def _root(target: Normal, epsilon: float, root_steps: int | None = None) -> Matrix:
    """Compute the root of the style's covariance with `epsilon` on its diagonal."""
    values, vectors = target.spectrum
    if root_steps is None:
        roots = np.sqrt(np.maximum(values, 0) + epsilon)
    else:
        roots = root_by_steps(values + epsilon, root_steps)
    return np.asarray((vectors * roots) @ vectors.T)


def _symmetric(normal: Normal, epsilon: float) -> Matrix:
    """Return the covariance with `epsilon` on its diagonal."""
    return np.asarray(normal.covariance + epsilon * np.eye(len(normal.mean)))
