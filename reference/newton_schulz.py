"""Newton-Schulz iterations for a root of a matrix, cut off after some steps, by its eigenvalues.

Graphics processors multiply matrices fast and find eigenvalues slowly, so systems there iterate::

    Y = X / n,  Z = I,  n = |X| (Frobenius);    T = (3 I - Z Y) / 2,  Y <- Y T,  Z <- T Z

and take sqrt(n) Y for the root of X.  Small eigenvalues grow by 3/2 a step, and are not there yet
when it ends.  What is computed is a function of its own, with a gradient of its own.
"""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def root_by_steps(values: Values, steps: int) -> Values:
    """Compute the eigenvalues of the root after some steps.

    Parameters
    ----------
    values : (N,) ndarray of float64
        Eigenvalues of X, symmetric.
    steps : int

    Returns
    -------
    (N,) ndarray of float64
        Those of sqrt(n) Y, which has the eigenvectors of X.

    Notes
    -----
    Y, Z and T are polynomials of X: they have its eigenvectors, and commute.  So each eigenvalue
    goes its own way, but for n, which all of them share.

    References
    ----------
    .. [1] N. Higham, "Functions of Matrices" (2008), equation 6.35.

    Examples
    --------
    The third root would be 0.001.

    >>> print(*(f"{root:.3g}" for root in root_by_steps(np.array([4.0, 9.0, 1e-6]), 12)))
    2 3 4.13e-05
    """
    norm = float(np.linalg.norm(values))
    return np.asarray(np.sqrt(norm) * _iterated(values / norm, steps)[0])


def trace_of_root_backward(values: Values, steps: int) -> Values:
    """Compute the gradient of the trace of that root with respect to X.

    Parameters
    ----------
    values, steps
        As for `root_by_steps`.

    Returns
    -------
    (N,) ndarray of float64
        The gradient's eigenvalues; it has the eigenvectors of X.

    Notes
    -----
    With a = x / n for each eigenvalue x and p for the iterated polynomial:

    1. The trace is ``sqrt(n) sum p(a)``, and the gradient of a trace tr f(X) is f'(X).
    2. At a fixed n its eigenvalues are ``sqrt(n) p'(a) / n``.
    3. n has the gradient X / n, with the eigenvalues a.  Through sqrt(n) it adds
       ``sum p(a) / (2 sqrt(n))`` times that, through each a = x / n ``-sum p'(a) a / sqrt(n)``.
    """
    norm = float(np.linalg.norm(values))
    a = values / norm
    root, slope = _iterated(a, steps)
    # forward:  trace = sqrt(n) sum p(x / n),  n = |x|
    # so:       dx = (p'(a) + (sum p(a) / 2 - sum p'(a) a) a) / sqrt(n)
    return np.asarray((slope + (root.sum() / 2 - slope @ a) * a) / np.sqrt(norm))


def trace_of_root_by_equation(values: Values, steps: int) -> Values:
    """Compute what systems take for that gradient: that of an exact root, at one that is none.

    Parameters
    ----------
    values, steps
        As for `root_by_steps`.

    Returns
    -------
    (N,) ndarray of float64
        The eigenvalues of Q with ``Q R + R Q = I``, R the root after some steps; Q is iterated as
        many times, too, and is not there yet for the same small eigenvalues.

    See Also
    --------
    trace_of_root_backward : The gradient of what was computed.

    References
    ----------
    .. [1] T. Lin, S. Maji, "Improved Bilinear Pooling with CNNs", arXiv:1707.06772, section 3.2.
    """
    root = root_by_steps(values, steps)
    norm = float(np.linalg.norm(root))
    a, q = root / norm, np.full_like(root, 1 / norm)
    for _ in range(steps):  # a goes to 1, and q with it from 1 / n to 1 / root
        t = (3 - a**2) / 2
        a, q = a * t, q * t
    return np.asarray(q / 2)


def _iterated(a: Values, steps: int) -> tuple[Values, Values]:
    """Iterate from eigenvalues whose squares sum to 1; return Y and its derivative."""
    a = np.maximum(a, 0)  # below it there is rounding alone, from which the steps would run away
    y, z, dy, dz = a, np.ones_like(a), np.ones_like(a), np.zeros_like(a)
    for _ in range(steps):
        t, dt = (3 - z * y) / 2, -(dz * y + z * dy) / 2
        y, dy = y * t, dy * t + y * dt
        z, dz = t * z, dt * z + t * dz
    return y, dy
