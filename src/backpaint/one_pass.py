"""backpaint from Python: a painting in one pass."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import __version__
from .color import keep_color
from .engine.engine import Engine
from .errors import UsageError, require_choice, shown, whole_number
from .fast.networks import Networks
from .fast.weights import ATTRIBUTION
from .images import Photograph, content_size, fit
from .painting.finished import FinishedPicture, versions
from .painting.per_style import scaled_shares
from .painting.pictures import Picture, as_pictures, photograph
from .painting.prepare import require_sizes
from .plain import plain
from .problem.recipe import Images
from .stylization.engines import networks_of, one_pass_engine
from .stylization.one_pass import paint_in_one_pass, require_paintable

LARGEST = 1024
"""Pixels of the longer side, unless another size is asked for."""
METHOD = "one pass"
"""Tells, in what a picture carries, that no descent made it."""


@dataclass(frozen=True, eq=False)
class Stylization(FinishedPicture):
    """The result of `backpaint.stylize`.

    Attributes
    ----------
    pixels : (H, W, 3) ndarray of float64
        R, G, B, within 0..255.
    alpha : (h, w) ndarray of float64 or None
        The content's opacity 0..1, where it had one.
    numbers : (100,) ndarray of float64
        The style as the network has it; what lies between two styles is one, too.
    settings : dict
        Sizes, shares, strength, engine, weights, versions; no paths.
    """

    numbers: NDArray[np.float64]
    settings: dict[str, Any]

    @property
    def metadata(self) -> dict[str, Any]:
        """Everything that a saved picture carries with it."""
        return self.settings


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that is settled before a pass.

    Attributes
    ----------
    content : Photograph
    styles : tuple of Photograph
    shares : tuple of float
        Their sum is 1.
    strength : float
    pixels : (H, W, 3) ndarray of float64
        The content in the size to be painted.
    engine : Engine
    color : {"style", "keep"}
    """

    content: Photograph
    styles: tuple[Photograph, ...]
    shares: tuple[float, ...]
    strength: float
    pixels: NDArray[np.float64]
    engine: Engine
    color: str

    @cached_property
    def networks(self) -> Networks:
        """Both networks, loaded when they are first asked for."""
        return networks_of(self.engine)

    def run(self) -> Stylization:
        """Paint."""
        begin = time.perf_counter()
        styles = [style.pixels for style in self.styles]
        painted = paint_in_one_pass(self.networks, self.pixels, styles, self.shares, self.strength)
        pixels = painted.pixels
        if self.color == "keep":
            pixels = keep_color(pixels, self.pixels)
        seconds = time.perf_counter() - begin
        return Stylization(pixels, self.content.alpha, painted.numbers, self._settings(seconds))

    def bytes(self) -> int:
        """Estimate the memory; refuse a picture that is too small, or does not fit."""
        require_paintable(self.networks, self.pixels)
        return self.networks.bytes_at((self.pixels.shape[0], self.pixels.shape[1]))

    @property
    def notes(self) -> list[str]:
        """Notes on the pictures, for a person."""
        return [
            f"{picture.name}: {note}"
            for picture in (self.content, *self.styles)
            for note in picture.notes
        ]

    def _settings(self, seconds: float) -> dict[str, Any]:
        return {
            "program": f"backpaint {__version__}",
            "method": METHOD,
            "content": self.content.name,
            "styles": [style.name for style in self.styles],
            "style_shares": [*self.shares],
            "strength": self.strength,
            "size": [*self.pixels.shape[:2]],
            "color": self.color,
            **self.engine.settings(),
            "weights": ATTRIBUTION,
            "weights_sha256": self.networks.sha256,
            "seconds": round(seconds, 3),
            "notes": self.notes,
            "versions": versions(),
        }


def stylize(
    content: Picture,
    style: Picture | Iterable[Picture],
    *,
    strength: float = 1.0,
    style_shares: Iterable[float] | None = None,
    size: int | None = None,
    color: Literal["style", "keep"] = "style",
    engine: str | Engine = "auto",
) -> Stylization:
    """Paint one picture in the style of another in one pass, without any descent.

    Parameters
    ----------
    content : path, Photograph, PIL.Image.Image or (H, W, 3) ndarray
        What is painted; arrays hold R, G, B from 0 to 255.
    style : picture, or iterable of pictures
        How it is painted.
    strength : float
        From 0, the content in its own style, to 1, the style.  0 keeps colors, but is not the
        content itself.
    style_shares : iterable of float, optional
        How much each of several styles counts.
    size : int, optional
        Pixels of the longer side; absent: as the content is, but 1024 at most.
    color : {"style", "keep"}
        ``keep`` keeps the content's colors.
    engine : str or Engine
        What computes: ``"cpu"`` (which ``"auto"`` is here) or ``"reference"``, or `backpaint.CPU`
        or `backpaint.Reference` with options.

    Returns
    -------
    Stylization
        The picture and its settings; ``.save("out.png")`` keeps both.

    Raises
    ------
    UsageError
        If a picture or a setting is not usable, or there is too little memory.

    References
    ----------
    .. [1] G. Ghiasi, H. Lee, M. Kudlur, V. Dumoulin, J. Shlens, "Exploring the structure of a
       real-time, arbitrary neural artistic stylization network", arXiv:1705.06830.

    Examples
    --------
    >>> import backpaint
    >>> from backpaint.examples import example_path
    >>> painted = backpaint.stylize(example_path("cat"), example_path("swirls"), size=64)
    >>> painted.image.shape, painted.numbers.shape
    ((43, 64, 3), (100,))
    """
    return plan_pass(
        content,
        style,
        strength=strength,
        style_shares=style_shares,
        size=size,
        color=color,
        engine=engine,
    ).run()


def plan_pass(
    content: Picture,
    style: Picture | Iterable[Picture],
    *,
    strength: float,
    style_shares: Iterable[float] | None,
    size: int | None,
    color: str,
    engine: str | Engine,
) -> Plan:
    """Settle everything that comes before a pass; parameters are those of `stylize`."""
    require_choice("color", color, ("style", "keep"))
    strength = _within_one("strength", strength)
    chosen = one_pass_engine(engine)
    images = Images(size=LARGEST, upscale=False)
    if size is not None:
        images = Images(size=whole_number("size", size, least=1))
    styles = tuple(photograph(picture) for picture in as_pictures(style))
    if not styles:
        raise UsageError("there is no style; give at least one picture")
    subject = photograph(content)
    height, width, _ = subject.pixels.shape
    shape = content_size(images, (height, width))
    require_sizes(shape, (), ())
    return Plan(
        content=subject,
        styles=styles,
        shares=scaled_shares(style_shares, len(styles)),
        strength=strength,
        pixels=fit(subject.pixels, shape, images),
        engine=chosen,
        color=color,
    )


def _within_one(name: str, value: Any) -> float:
    """Take a number of any type from 0 to 1."""
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
        raise UsageError(f"{name} is {shown(value)}; expected a number from 0 to 1")
    return float(number)
