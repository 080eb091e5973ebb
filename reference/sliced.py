"""Histograms of features along directions: the sliced Wasserstein distance.

Along one direction, features are numbers, and moving one set of numbers onto another costs least if
the i-th smallest goes to the i-th smallest.  Along the channels themselves these are the channels'
histograms.
"""

import numpy as np

from .arrays import Floats, check_shape


def random_directions(channels: int, count: int) -> Floats:
    """Draw directions in the space of features, the same ones every time.

    Parameters
    ----------
    channels, count : int

    Returns
    -------
    (channels, count) ndarray of float64
        Columns of length 1.

    Notes
    -----
    An objective must be one function from step to step, so its directions are.
    """
    drawn = np.random.default_rng([channels, count]).normal(size=(channels, count))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=0))


def quantiles(x: Floats, directions: Floats, count: int) -> Floats:
    """Sort features along directions, and read as many values as another picture has positions.

    Parameters
    ----------
    x : (h, w, C) ndarray of float
        A style's features.
    directions : (C, V) ndarray of float
    count : int

    Returns
    -------
    (count, V) ndarray of float
        Each column rises; in row i the value at the rank (i + 1/2) / count, on straight lines
        between the middles of the sorted values' own ranks.
    """
    ordered = np.sort(_along(x, directions), axis=0)  # (h*w, V)
    own = len(ordered)
    if own == count:
        return ordered
    rank = np.clip((np.arange(count) + 0.5) * own / count - 0.5, 0, own - 1)
    before = rank.astype(int)
    after = np.minimum(before + 1, own - 1)
    part = (rank - before)[:, np.newaxis].astype(x.dtype)
    return np.asarray(ordered[before] * (1 - part) + ordered[after] * part)


def sliced_forward(x: Floats, wanted: Floats, directions: Floats) -> float:
    """Compare features along directions with wanted values, rank by rank.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
    wanted : (H*W, V) ndarray of float
        For each direction the style's values, rising: see `quantiles`.
    directions : (C, V) ndarray of float

    Returns
    -------
    float
        The mean over positions and directions of the squared differences of equal ranks.

    See Also
    --------
    sliced_backward : Its gradient.

    References
    ----------
    .. [1] E. Heitz, K. Vanhoey, T. Chambon, L. Belcour, "A Sliced Wasserstein Loss for Neural
       Texture Synthesis", arXiv:2006.07229, equation 5.
    .. [2] E. Risser, P. Wilmot, C. Barnes, "Stable and Controllable Neural Texture Synthesis and
       Style Transfer Using Histogram Losses", arXiv:1701.08893, section 4.2: the channels
       themselves as directions.

    Examples
    --------
    >>> x = np.array([[[3.0], [1.0]]])
    >>> sliced_forward(x, np.array([[1.0], [5.0]]), np.array([[1.0]]))
    2.0
    """
    difference = _distance(x, wanted, directions)
    return float(np.mean(np.square(difference), dtype=np.float64))


def sliced_backward(grad_loss: float, x: Floats, wanted: Floats, directions: Floats) -> Floats:
    """Carry a gradient from `sliced_forward` back to the features.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to its result: the term's weight.
    x, wanted, directions
        What it saw.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient with respect to `x`.

    See Also
    --------
    sliced_forward : The function differentiated here.

    Notes
    -----
    1. A feature's number along a direction, y, is compared with the wanted value q of its rank.  A
       small step changes no rank where no two numbers are equal, so q stays what it is: (y - q)^2
       has the slope ``2 (y - q)``, over the count of them.
    2. ``y = f . v`` passes that on to the feature vector along v: ``df = sum over v of dy v``.
    """
    difference = _distance(x, wanted, directions)
    # forward:  loss = mean((y - q)^2),  y = f @ directions
    # so:       df = dy @ directions.T,  dy = 2 (y - q) / count
    grad_y = difference * x.dtype.type(2 * grad_loss / difference.size)
    return np.asarray(grad_y @ directions.T.astype(x.dtype)).reshape(x.shape)


def to_ranks(y: Floats, wanted: Floats) -> Floats:
    """Return for each number the wanted value of its rank, column by column.

    Parameters
    ----------
    y, wanted : (M, V) ndarray of float
        The second one's columns rise.

    Returns
    -------
    (M, V) ndarray of float
        Of equal numbers, the first gets the smaller value.
    """
    order = np.argsort(y, axis=0, kind="stable")
    goal = np.empty_like(y)
    np.put_along_axis(goal, order, np.asarray(wanted, y.dtype), axis=0)
    return goal


def _distance(x: Floats, wanted: Floats, directions: Floats) -> Floats:
    """Subtract from each number the value of its rank: (H*W, V)."""
    y = _along(x, directions)
    check_shape("wanted", wanted, y.shape)
    return y - to_ranks(y, wanted)


def _along(x: Floats, directions: Floats) -> Floats:
    """Project features on directions: (H, W, C) to (H*W, V)."""
    check_shape("x", x, (None, None, None))
    check_shape("directions", directions, (x.shape[2], None))
    return np.asarray(x.reshape(-1, x.shape[2]) @ directions.astype(x.dtype))
