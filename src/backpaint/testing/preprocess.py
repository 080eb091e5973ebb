"""Checks of what you feed to a VGG: scale, mean and order of the channels."""

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import DTypeLike

from ..check.operations.sizes import Size
from ..errors import require_choice
from ..vgg_weights import OXFORD, TORCHVISION, Normalization
from .judging.battery import battery, incoming
from .judging.examine import Part, examine
from .judging.layouts import Array, FeatureLayout, Layout
from .judging.mistakes import Mistake, Values
from .judging.report import Report

Family = Literal["oxford", "torchvision"]
FAMILIES = {"oxford": OXFORD, "torchvision": TORCHVISION}


def check_preprocess(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    family: Family = "oxford",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check the way from pixels to what a network was trained to see, and back.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` takes R, G, B from 0 to 255.
    backward : callable, optional
        ``backward(grad_y)`` gives the gradient with respect to these pixels.
    family : {"oxford", "torchvision"}
        Whose weights: Oxford's (Caffe, Keras, MatConvNet) see B, G, R minus their means;
        torchvision's see R, G, B from 0 to 1, minus their means, by their standard deviations.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from backpaint.testing import check_preprocess
    >>> means_of_bgr = np.array([103.939, 116.779, 123.68])
    >>> report = check_preprocess(lambda x: (x - means_of_bgr)[:, :, ::-1], raises=False)
    >>> report.findings[0].wrong
    ('the means of red and blue are exchanged: subtract before the channels change places',)
    """
    require_choice("family", family, get_args(Family))
    trained = FAMILIES[family]
    parts = (
        forward
        and Part("forward", forward, "x", "y", lambda v: _fed(v["x"], trained), _forward(trained)),
        backward
        and Part("backward", backward, "grad_y", "x", lambda v: _back(v["grad_y"], trained),
                 _backward(trained)),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine(f"preprocess ({family})", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    del numbers
    shape = (size.height, size.width, 3)
    return {"x": rng.integers(0, 256, shape) * 1.0, "grad_y": incoming(rng, *shape)}


def _fed(
    x: Array,
    trained: Normalization,
    *,
    scale: float | None = None,
    mean: Any = None,
    std: Any = None,
) -> Array:
    """Do what the network was trained with, or something else."""
    scale = trained.scale if scale is None else scale
    mean = trained.mean if mean is None else mean
    std = trained.std if std is None else std
    return _ordered((x * scale - np.array(mean)) / std, trained)


def _ordered(x: Array, trained: Normalization) -> Array:
    return x[:, :, ::-1] if trained.order == "bgr" else x


def _back(grad_y: Array, trained: Normalization) -> Array:
    return np.asarray(_ordered(grad_y, trained) * trained.scale / np.array(trained.std))


def _forward(trained: Normalization) -> tuple[Mistake, ...]:
    wanted = "B, G, R" if trained.order == "bgr" else "R, G, B"
    mean, of_255 = trained.mean, 1 / 255 if trained is OXFORD else 1.0
    other = TORCHVISION if trained is OXFORD else OXFORD
    range_name = "0 to 1 instead of 0 to 255" if trained is OXFORD else "0 to 255 instead of 0 to 1"
    return (
        Mistake(f"red and blue are exchanged: this network was trained on {wanted}",
                lambda v: _fed(v["x"], trained)[:, :, ::-1]),
        Mistake("the means of red and blue are exchanged: subtract before the channels change "
                "places" if trained is OXFORD else "the means of red and blue are exchanged",
                lambda v: _fed(v["x"], trained, mean=mean[::-1])),
        Mistake(f"red and blue are exchanged, and their means as well: this network was trained "
                f"on {wanted}",
                lambda v: _fed(v["x"], trained, mean=mean[::-1])[:, :, ::-1]),
        Mistake("the mean is not subtracted", lambda v: _fed(v["x"], trained, mean=(0, 0, 0))),
        Mistake("the mean is added instead of subtracted",
                lambda v: _fed(v["x"], trained, mean=[-m for m in mean])),
        Mistake(f"the pixels go from {range_name}",
                lambda v: _fed(v["x"], trained, scale=of_255)),
        Mistake("pixels from 0 to 1 are multiplied by 256 instead of 255",
                lambda v: _fed(v["x"], trained, scale=trained.scale * 256 / 255)),
        *([Mistake("the division by the standard deviations is missing",
                   lambda v: _fed(v["x"], trained, std=(1, 1, 1))),
           Mistake("it multiplies by the standard deviations instead of dividing",
                   lambda v: _fed(v["x"], trained, std=[1 / s for s in trained.std]))]
          if trained is TORCHVISION else
          [Mistake("pixels and means are divided by 255: these weights want 0 to 255",
                   lambda v: _fed(v["x"], trained) / 255)]),
        Mistake(f"it is what the {other.family} weights want",
                lambda v: _fed(v["x"], other)),
        Mistake("nothing is done to the pixels", lambda v: v["x"]),
    )  # fmt: skip


def _backward(trained: Normalization) -> tuple[Mistake, ...]:
    def right(v: Values) -> Array:
        return _back(v["grad_y"], trained)

    return (
        Mistake("the channels are not put back: the gradient is in B, G, R"
                if trained is OXFORD else "the channels are in the order B, G, R",
                lambda v: right(v)[:, :, ::-1]),
        Mistake("the mean is subtracted from the gradient, too: a constant has no slope",
                lambda v: right(v) - np.array(trained.mean)),
        *([Mistake("the scale is missing: one level of a pixel is 1 / 255 / std here",
                   lambda v: v["grad_y"]),
           Mistake("the division by 255 is missing",
                   lambda v: right(v) / trained.scale),
           Mistake("the division by the standard deviations is missing",
                   lambda v: v["grad_y"] * trained.scale),
           Mistake("it multiplies by the standard deviations instead of dividing",
                   lambda v: v["grad_y"] * trained.scale * np.array(trained.std))]
          if trained is TORCHVISION else []),
    )  # fmt: skip
