"""The divisors of a recipe as numbers.

C is the number of channels and M = height * width of a layer's features, M_style the same for the
style image at that layer, P = height * width of the painted image.  The paper writes N for C.
"""

import math
from collections.abc import Iterable

RELATIVE = ("|P|^2", "|A|^2")
"""Divisors that are the sum of squares of what is compared with: of the content's features P, or of
the style's Gram matrix A.  A term is then the part of its target that is missed."""


def named_divisor(text: str, known: Iterable[str]) -> str | None:
    """Find the divisor that somebody wrote, with the paper's N for C or other spaces.

    Parameters
    ----------
    text : str
    known : iterable of str
        What there is.

    Returns
    -------
    str or None
        One of `known`; None if it is none of them.

    Examples
    --------
    >>> named_divisor("4N^2 M^2", ["1", "4 C^2 M^2"])
    '4 C^2 M^2'
    """
    bare = text.replace(" ", "").replace("N", "C")
    return next((name for name in known if name.replace(" ", "") == bare), None)


def content_divisor(name: str, *, channels: int, positions: int) -> float:
    """Evaluate ``content.divisor``: `channels` is C, `positions` is M; 1 for those of `RELATIVE`.

    Examples
    --------
    >>> content_divisor("C M", channels=64, positions=100)
    6400.0
    """
    c, m = float(channels), float(positions)
    return {
        "1": 1.0,
        "2": 2.0,
        "C M": c * m,
        "4 C M": 4 * c * m,
        "2 sqrt(C M)": 2 * math.sqrt(c * m),
        "|P|^2": 1.0,
    }[name]


def gram_divisor(name: str, *, channels: int, positions: int) -> float:
    """Evaluate ``style.gram_divisor``; each image's Gram matrix has its own M."""
    c, m = float(channels), float(positions)
    return {"1": 1.0, "M": m, "C M": c * m}[name]


def style_divisor(
    name: str, *, channels: int, positions: int, style_positions: int, image_positions: int
) -> float:
    """Evaluate ``style.divisor``: `style_positions` is M_style, `image_positions` is P.

    It is 1 for those of `RELATIVE`.
    """
    c, m = float(channels), float(positions)
    m_style, p = float(style_positions), float(image_positions)
    return {
        "1": 1.0,
        "4": 4.0,
        "C^2": c**2,
        "4 C^2": 4 * c**2,
        "C^4": c**4,
        "4 C^2 M^2": 4 * c**2 * m**2,
        "4 C^2 M_style^2": 4 * c**2 * m_style**2,
        "36 P^2": 36 * p**2,
        "|A|^2": 1.0,
    }[name]
