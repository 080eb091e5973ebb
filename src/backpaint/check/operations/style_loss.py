"""The style loss of one layer, as one function: what `reference/terms.py` puts together."""

from ...reference.arrays import Floats
from ...reference.gram import gram_backward, gram_forward
from ...reference.squared_error import squared_error_backward, squared_error_forward


def style_loss_forward(x: Floats, gram: Floats, gram_divisor: float, divisor: float) -> float:
    """Compare the Gram matrix of features with a wanted one.

    Parameters
    ----------
    x : (H, W, C) ndarray of float
        F of the paper.
    gram : (C, C) ndarray of float
        A of the paper, already divided.
    gram_divisor, divisor : float
        Of the Gram matrix and of the sum of squares.

    Returns
    -------
    float
        ``sum((F^T F / gram_divisor - A)^2) / divisor``.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, arXiv:1508.06576, equations 3 and 4.
    """
    return squared_error_forward(gram_forward(x, gram_divisor), gram, divisor)


def style_loss_backward(
    grad_loss: float, x: Floats, gram: Floats, gram_divisor: float, divisor: float
) -> Floats:
    """Carry a gradient from the style loss back to the features.

    Parameters
    ----------
    grad_loss : float
        Gradient with respect to `style_loss_forward`'s result: its weight.
    x, gram, gram_divisor, divisor
        As in the forward pass.

    Returns
    -------
    (H, W, C) ndarray of float
        ``4 F (G - A) / (divisor gram_divisor)`` for a symmetric A.
    """
    grad_gram = squared_error_backward(grad_loss, gram_forward(x, gram_divisor), gram, divisor)
    return gram_backward(grad_gram, x, gram_divisor)
