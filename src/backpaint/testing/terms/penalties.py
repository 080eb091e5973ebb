"""Checks of your Laplacian loss and of your penalty on values far from gray."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...errors import whole_number
from ...reference.content_laplacian import content_laplacian_backward, content_laplacian_forward
from ...reference.value_range import value_range_backward, value_range_forward
from ..judging.battery import battery
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report

GRAY = {"center": (0.0,) * 3, "half": (1.0,) * 3}
"""Black at -1 and white at 1."""


def check_content_laplacian(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    pool: int = 1,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a mean of squared Laplacians of x - content, and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x, content)`` gives a number: ``mean(e^2)``, with e the Laplacian (4 in the middle,
        -1 beside it, at pixels that have four neighbors) of x - content, averaged in squares and
        summed over channels.
    gradient : callable, optional
        ``gradient(x, content)`` gives the loss's gradient with respect to x.
    pool : int
        Side of the squares.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    UsageError
        If `pool` is below 1.
    """
    pool = whole_number("pool", pool, least=1)
    right, slope = partial(_laplacian, pool), partial(_laplacian_gradient, pool)
    parts = (
        loss and Part("loss", loss, "x content", "loss", right, _laplacian_losses(pool)),
        gradient
        and Part("gradient", gradient, "x content", "x", slope, _laplacian_gradients(pool)),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine(f"Laplacian loss (pool {pool})", parts, battery(partial(_pair, pool)), layouts)
    return report.required() if raises else report


def check_value_range(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    power: float = 6.0,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check ``sum |x|^power`` of a picture with black at -1 and white at 1, and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x)`` gives a number.
    gradient : callable, optional
        ``gradient(x)`` gives the loss's gradient.
    power : float
        At least 2.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        loss and Part("loss", loss, "x", "loss", partial(_range, power), _range_losses(power)),
        gradient
        and Part("gradient", gradient, "x", "x", partial(_range_gradient, power),
                 _range_gradients(power)),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine(f"range (power {power:g})", parts, battery(_picture), layouts)
    return report.required() if raises else report


def _pair(pool: int, rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    del rng
    shape = (size.height + 3 * pool, size.width + 4 * pool, size.channels)  # inner pixels, always
    return {"x": numbers(*shape), "content": numbers(*shape) + 1}


def _picture(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    del rng
    return {"x": numbers(size.height, size.width, 3)}


def _laplacian(pool: int, v: Values) -> float:
    return content_laplacian_forward(v["x"], v["content"], pool)


def _laplacian_gradient(pool: int, v: Values) -> Array:
    return content_laplacian_backward(1.0, v["x"], v["content"], pool)


def _positions(pool: int, v: Values) -> int:
    """Count the averaged pixels that have four neighbors."""
    height, width = (int(length) // pool - 2 for length in v["x"].shape[:2])
    return height * width


def _framed(pool: int, v: Values) -> Any:
    """Let zeros lie around the averaged picture, as a padded convolution does."""
    x, content = (np.pad(v[name], ((pool,) * 2, (pool,) * 2, (0, 0))) for name in ("x", "content"))
    for padded in (x, content):  # rows that fill no square are not looked at
        rows, columns = (length // pool * pool for length in v["x"].shape[:2])
        padded[rows + pool :], padded[:, columns + pool :] = 0, 0
    cells = (v["x"].shape[0] // pool) * (v["x"].shape[1] // pool)
    inner = (x.shape[0] // pool - 2) * (x.shape[1] // pool - 2)
    return content_laplacian_forward(x, content, pool) * inner / cells


def _each_channel(pool: int, v: Values) -> Any:
    channels = range(v["x"].shape[2])
    return sum(
        content_laplacian_forward(v["x"][:, :, [c]], v["content"][:, :, [c]], pool)
        for c in channels
    )


def _laplacian_losses(pool: int) -> tuple[Mistake, ...]:
    return (
        Mistake("the Laplacian goes on over the border, into zeros: pad = 0 leaves those pixels "
                "out",
                partial(_framed, pool)),
        Mistake("each channel has a Laplacian of its own: they are summed up first",
                partial(_each_channel, pool)),
        Mistake("it sums where it should average",
                lambda v: _laplacian(pool, v) * _positions(pool, v)),
        Mistake("the content is not subtracted: that smooths the painting",
                lambda v: _laplacian(pool, v | {"content": 0 * v["content"]})),
    )  # fmt: skip


def _once(pool: int, v: Values) -> Any:
    """Return for each averaged pixel its own e, without those of its neighbors."""
    step = np.zeros_like(v["x"])
    d = (v["x"] - v["content"]).sum(axis=2)
    rows, columns = d.shape[0] // pool, d.shape[1] // pool
    d = d[: rows * pool, : columns * pool].reshape(rows, pool, columns, pool).mean(axis=(1, 3))
    e = 4 * d[1:-1, 1:-1] - d[:-2, 1:-1] - d[2:, 1:-1] - d[1:-1, :-2] - d[1:-1, 2:]
    grad = np.kron(np.pad(2 * e / max(e.size, 1), 1), np.ones((pool, pool))) / pool**2
    step[: rows * pool, : columns * pool] = grad[:, :, np.newaxis]
    return step


def _laplacian_gradients(pool: int) -> tuple[Mistake, ...]:
    right = partial(_laplacian_gradient, pool)
    shared = (
        Mistake("the Laplacian is applied once: its gradient goes through it a second time",
                partial(_once, pool)),
        Mistake("the loss averages but the gradient sums",
                lambda v: right(v) * _positions(pool, v)),
    )  # fmt: skip
    if pool == 1:
        return shared
    return (
        *shared,
        Mistake("every pixel of a square gets all of the average's gradient, and not 1 / p^2 of it",
                lambda v: right(v) * pool**2),
    )  # fmt: skip


def _range(power: float, v: Values) -> float:
    return value_range_forward(v["x"], **GRAY, power=power)


def _range_gradient(power: float, v: Values) -> Array:
    return value_range_backward(1.0, v["x"], **GRAY, power=power)


def _range_losses(power: float) -> tuple[Mistake, ...]:
    return (
        Mistake("the root is taken: that is the norm, and not its power",
                lambda v: _range(power, v) ** (1 / power)),
        Mistake("it averages where it should sum", lambda v: _range(power, v) / v["x"].size),
        Mistake("values between black and white cost nothing: only what is beyond is counted",
                lambda v: np.sum(np.maximum(np.abs(v["x"]) - 1, 0) ** power)),
    )  # fmt: skip


def _range_gradients(power: float) -> tuple[Mistake, ...]:
    def bare(v: Values) -> Any:
        return np.abs(v["x"]) ** (power - 1)

    return (
        Mistake("the sign is lost: dark values are pushed further down",
                lambda v: power * bare(v)),
        Mistake("the factor from the power is missing", lambda v: np.sign(v["x"]) * bare(v)),
        Mistake("the power was not lowered by one",
                lambda v: power * np.sign(v["x"]) * bare(v) * np.abs(v["x"])),
    )  # fmt: skip
