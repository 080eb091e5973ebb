"""Reflection padding: a border that mirrors the picture, without repeating its edge."""

import numpy as np

from ..arrays import Floats, check_shape


def reflection_pad_forward(x: Floats, border: int) -> Floats:
    """Put mirrored rows and columns around a feature map.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        Features.
    border : int
        How many rows or columns to add on each side; H and W must be larger.

    Returns
    -------
    (H + 2 border, W + 2 border, C) ndarray of float
        ``c b | a b c | b a`` for ``a b c`` and, of the border, two columns before and after: the
        edge itself is not repeated.

    Raises
    ------
    ValueError
        If the map has no more rows or columns than the border wants.

    See Also
    --------
    reflection_pad_backward : Gradient of a loss through this function.

    References
    ----------
    .. [1] D. Ulyanov, A. Vedaldi, V. Lempitsky, "Improved Texture Networks", arXiv:1701.02096,
       whose generators pad so; zeros would show as a frame.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0]]).repeat(2, axis=1)[:, :, np.newaxis]
    >>> reflection_pad_forward(x, 1)[:, 0, 0]
    array([2., 1., 2., 3., 2.])
    """
    check_shape("x", x, (None, None, None))
    if min(x.shape[:2]) <= border:
        raise ValueError(f"x has the shape {x.shape}; expected more than {border} rows and columns")
    return np.pad(x, ((border, border), (border, border), (0, 0)), mode="reflect")


def reflection_pad_backward(grad_y: Floats, x: Floats, border: int) -> Floats:
    """Carry a gradient from a padded feature map back to what was padded.

    Parameters
    ----------
    grad_y : (H + 2 border, W + 2 border, C) ndarray of float
        Gradient of the loss with respect to `reflection_pad_forward`'s result.
    x : (H, W, C) ndarray of float
        The features that it saw; only their shape matters.
    border : int
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        Gradient of the loss with respect to `x`.

    See Also
    --------
    reflection_pad_forward : The function differentiated here.

    Notes
    -----
    1. Along one axis of length n, row p is in the result once in the middle, as row border + p.
    2. If 1 <= p <= border it is there once more, mirrored at the first row, as row border - p; and
       if n - 1 - border <= p <= n - 2, mirrored at the last.
    3. Each has the slope 1, so their gradients add up.  The first and last row are no copies'
       originals: the mirror stands on them.
    4. Rows and columns are padded one after the other, so gradients go back along one axis after
       the other; a corner's gradient goes through both.
    """
    height, width, channels = x.shape
    check_shape("grad_y", grad_y, (height + 2 * border, width + 2 * border, channels))
    grad_rows = _fold(grad_y, border)  # (H, W + 2 border, C)
    return _fold(grad_rows.swapaxes(0, 1), border).swapaxes(0, 1)


def _fold(grad_y: Floats, border: int) -> Floats:
    """Add the gradients of mirrored rows to those of their originals."""
    end = grad_y.shape[0] - border
    grad_x = grad_y[border:end].copy()
    for k in range(1, border + 1):
        # forward:  y[border - k] = x[k], y[end - 1 + k] = x[-1 - k]
        # so:       dx[k] += dy[border - k], dx[-1 - k] += dy[end - 1 + k]
        grad_x[k] += grad_y[border - k]
        grad_x[-1 - k] += grad_y[end - 1 + k]
    return grad_x
