"""Launch the Gram matrix and its gradient on arrays that already exist."""

from typing import Any, Literal

GramPrecision = Literal["exact", "tf32"]


def gram_workspace(positions: int, channels: int) -> int:
    """Tell how many numbers `launch_gram` needs to keep its partial sums.

    Parameters
    ----------
    positions : int
        N = H * W.
    channels : int
        C.

    Returns
    -------
    int
        The size of `partial`.
    """
    raise NotImplementedError


def launch_gram(
    x: Any,
    out: Any,
    partial: Any,
    *,
    divisor: float = 1.0,
    precision: GramPrecision = "exact",
    scale: float = 1.0,
) -> None:
    """Compute the Gram matrix: out = scale * x^T x / divisor.

    Parameters
    ----------
    x : (H, W, C) device array
        float32, float64 or float16.
    out : (C, C) device array
        Written: float32 (float64 for float64 `x`), symmetric bit for bit.
    partial : (gram_workspace(H * W, C),) device array
        The dtype of `out`; its contents before and after mean nothing.
    divisor : float
        As in `reference.gram.gram_forward`.
    precision : {"exact", "tf32"}
        ``tf32`` rounds the operands to 11 significant bits and uses tensor cores (exact products for
        float16 `x`); it needs C to be a multiple of 64.  Sums are float32 in both.
    scale : float
        1 / (the scale of float16 features)^2.
    """
    raise NotImplementedError


def launch_gram_backward(
    grad_gram: Any,
    x: Any,
    out: Any,
    *,
    divisor: float = 1.0,
    precision: GramPrecision = "exact",
    scale: float = 1.0,
    accumulate: bool = False,
) -> None:
    """Carry a gradient from the Gram matrix to the features: scale * x (R + R^T) / divisor.

    Parameters
    ----------
    grad_gram : (C, C) device array
        R, float32 (float64 for float64 `x`); it need not be symmetric.
    x : (H, W, C) device array
        float32, float64 or float16.
    out : (H, W, C) device array
        Written; the dtype of `x`.
    divisor, precision
        As in `launch_gram`.
    scale : float
        The scale of a float16 `out` over the scale of `x`.
    accumulate : bool
        Whether the result is added to what `out` holds.
    """
    raise NotImplementedError
