"""Softmax with cross-entropy: how surprised the classifier is by the true class."""

import numpy as np

from .arrays import Floats, check_shape


def softmax_forward(z: Floats) -> Floats:
    """Turn scores into probabilities.

    Parameters
    ----------
    z : (K,) ndarray of float
        Scores of K classes ("logits", VGG's ``fc8``).

    Returns
    -------
    (K,) ndarray of float
        ``exp(z) / sum(exp(z))``; positive, sum 1.

    Notes
    -----
    The largest score is subtracted first: it cancels in the quotient, and nothing overflows.

    Examples
    --------
    >>> softmax_forward(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    check_shape("z", z, (None,))
    weights = np.exp(z - z.max())
    return np.asarray(weights / weights.sum())


def cross_entropy_forward(z: Floats, label: int) -> float:
    """Measure how improbable the true class is under the scores.

    Parameters
    ----------
    z : (K,) ndarray of float
        Scores of K classes, before the softmax.
    label : int
        The true class, 0 to K - 1.

    Returns
    -------
    float
        ``-log(softmax(z)[label])`` in nats.

    Raises
    ------
    ValueError
        If `label` is not one of the K classes.

    Examples
    --------
    >>> bool(np.isclose(cross_entropy_forward(np.array([0.0, 0.0]), 1), np.log(2)))
    True
    """
    _check(z, label)
    highest = z.max()
    return float(highest + np.log(np.exp(z - highest).sum()) - z[label])


def cross_entropy_backward(grad_loss: float, z: Floats, label: int) -> Floats:
    """Carry a gradient from the cross-entropy back to the scores.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to `cross_entropy_forward`'s result; 1 if that is the loss.
    z : (K,) ndarray of float
        The scores that it saw.
    label : int
        The true class.

    Returns
    -------
    (K,) ndarray of float
        Gradient with respect to `z`.

    Notes
    -----
    1. The loss is ``log(sum_j exp(z_j)) - z_label``.
    2. The slope of the first part is ``exp(z_k) / sum_j exp(z_j)``, which is the softmax.
    3. The slope of the second part is -1 at the label, and 0 elsewhere.
    """
    # forward:  loss = logsumexp(z) - z[label]
    # so:       dz = softmax(z) - onehot(label)
    _check(z, label)
    grad_z = softmax_forward(z)
    grad_z[label] -= 1
    return grad_z * z.dtype.type(grad_loss)


def _check(z: Floats, label: int) -> None:
    """Raise ValueError unless `label` is one of the classes scored in `z`."""
    check_shape("z", z, (None,))
    if not 0 <= label < z.size:
        raise ValueError(f"label is {label}; expected a class from 0 to {z.size - 1}")
