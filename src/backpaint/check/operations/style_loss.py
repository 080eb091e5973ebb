"""The style loss of one layer, as one function: what `reference/terms.py` puts together."""

from ...reference.arrays import Floats
from ...reference.gram import gram_backward, gram_forward
from ...reference.squared_error import squared_error_backward, squared_error_forward


def style_loss_forward(
    x: Floats, gram: Floats, gram_divisor: float, divisor: float, shift: float = 0.0
) -> float:
    """Compare the Gram matrix of features with a wanted one.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        F of the paper.
    gram : (C, C) ndarray of float
        A of the paper, already divided.
    gram_divisor, divisor : float
        Of the Gram matrix and of the sum of squares.
    shift : float
        Added to all features before; A is of shifted features, too.

    Returns
    -------
    float
        ``sum((F^T F / gram_divisor - A)^2) / divisor``.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, arXiv:1508.06576, equations 3 and 4.
    """
    return squared_error_forward(gram_forward(_shifted(x, shift), gram_divisor), gram, divisor)


def style_loss_backward(
    grad_loss: float,
    x: Floats,
    gram: Floats,
    gram_divisor: float,
    divisor: float,
    shift: float = 0.0,
) -> Floats:
    """Carry a gradient from the style loss back to the features.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to `style_loss_forward`'s result: its weight.
    x, gram, gram_divisor, divisor, shift
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        ``4 F (G - A) / (divisor gram_divisor)`` for a symmetric A; F is shifted, and a shift
        has the slope 1.
    """
    f = _shifted(x, shift)
    grad_gram = squared_error_backward(grad_loss, gram_forward(f, gram_divisor), gram, divisor)
    return gram_backward(grad_gram, f, gram_divisor)


def _shifted(x: Floats, shift: float) -> Floats:
    return x + x.dtype.type(shift) if shift else x
