"""The one seam between engines and everything else: a picture in, a loss and its gradient out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from .errors import UsageError
from .initial import initial_variable
from .pixels import to_pixels
from .recipe import Recipe
from .vgg import Layer
from .weights.vgg_weights import VGGWeights

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """What an engine is built from.

    Attributes
    ----------
    recipe : Recipe
        What to compute.
    weights : VGGWeights
        The network.
    content : (H, W, 3) ndarray of float64, or None
        R, G, B pixels 0..255; None where the recipe has no content term.
    styles : tuple of (h, w, 3) ndarray of float64
        Likewise, each of its own size; empty where the recipe has no style term.
    style_shares : tuple of float
        One weight for each style, sum 1.
    shape : (int, int)
        Height and width of the painted image; that of `content` where there is one.

    Raises
    ------
    UsageError
        If the recipe names a layer that the weights do not have, or lacks a picture.
    """

    recipe: Recipe
    weights: VGGWeights
    content: Pixels | None
    styles: tuple[Pixels, ...]
    style_shares: tuple[float, ...]
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        if self.recipe.content is not None and self.content is None:
            raise UsageError(f"the recipe {self.recipe.name} has a content term, but no content")
        if self.recipe.style is not None and not self.styles:
            raise UsageError(f"the recipe {self.recipe.name} has a style term, but no style")
        if len(self.styles) != len(self.style_shares):
            raise UsageError(
                f"{len(self.styles)} styles came with {len(self.style_shares)} shares; "
                "give one share for each style"
            )
        if self.content is not None and self.content.shape[:2] != self.shape:
            raise UsageError(
                f"the content is {self.content.shape[:2]}, the picture to paint {self.shape}; "
                "they must have the same height and width"
            )
        require_layers(self.taps, self.weights)

    @property
    def content_layers(self) -> dict[str, float]:
        """Layers of the content term and their weights; none without the term."""
        return dict(self.recipe.content.layers) if self.recipe.content else {}

    @property
    def style_layers(self) -> dict[str, float]:
        """Layers of the style term and their weights; none without the term."""
        return dict(self.recipe.style.layers) if self.recipe.style else {}

    @property
    def taps(self) -> tuple[str, ...]:
        """All layers that a term looks at."""
        return tuple(dict.fromkeys([*self.content_layers, *self.style_layers]))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers to run: up to the deepest tap."""
        names = [layer.name for layer in self.weights.layers]
        depth = max((names.index(tap) + 1 for tap in self.taps), default=0)
        return self.weights.layers[:depth]


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of an objective.

    Attributes
    ----------
    loss : float
        As reported to the optimizer: the sum of `terms`.
    gradient : (H, W, 3) ndarray of float64
        With respect to the variable.
    terms : dict of str to float
        Weighted terms: ``"content relu4_2"``, ``"style relu1_1"``, ``"total variation"``.
    """

    loss: float
    gradient: NDArray[np.float64]
    terms: dict[str, float]


class Objective(ABC):
    """Loss and gradient of one problem; each engine has its own.

    Parameters
    ----------
    problem : Problem
        What to compute.

    Notes
    -----
    An engine implements `evaluate` and `first_non_finite`; everything else is shared.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and 3: the shape of the picture behind the flat array."""
        return (*self.problem.shape, 3)

    @abstractmethod
    def evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute loss, gradient and terms at a picture.

        Parameters
        ----------
        x : (H, W, 3) ndarray of float64
            R, G, B, in units of the recipe's variable.
        """

    @abstractmethod
    def first_non_finite(self, x: NDArray[np.float64]) -> str:
        """Name the first place on the way from `x` to its gradient that is NaN or infinite.

        Parameters
        ----------
        x : (H, W, 3) ndarray of float64
            A picture whose loss or gradient is not finite.
        """

    def __call__(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Compute loss and gradient as `scipy.optimize` wants them.

        Parameters
        ----------
        x : (H * W * 3,) ndarray of float64
            The picture in units of the recipe's variable, flat.

        Returns
        -------
        loss : float
        gradient : (H * W * 3,) ndarray of float64
        """
        evaluation = self.evaluate(np.reshape(x, self.shape))
        return evaluation.loss, evaluation.gradient.ravel()

    def terms(self, x: NDArray[np.float64]) -> dict[str, float]:
        """Compute the weighted terms of the loss at a flat picture."""
        return self.evaluate(np.reshape(x, self.shape)).terms

    def initial(self, seed: int = 0) -> NDArray[np.float64]:
        """Make the flat picture from which the recipe starts.

        Parameters
        ----------
        seed : int
            For recipes that start from noise.
        """
        problem = self.problem
        style = problem.styles[0] if problem.styles else None
        start = initial_variable(problem.recipe, problem.shape, problem.content, style, seed)
        return start.ravel()

    def to_image(self, x: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Turn a flat picture into R, G, B bytes: (H, W, 3), clipped to 0..255 and rounded."""
        pixels = to_pixels(np.reshape(x, self.shape), self.problem.recipe.variable)
        return cast(NDArray[np.uint8], np.rint(np.clip(pixels, 0, 255)).astype(np.uint8))


def require_layers(wanted: tuple[str, ...], weights: VGGWeights) -> None:
    """Raise UsageError, with the layers that there are, if one is missing.

    Parameters
    ----------
    wanted : tuple of str
        Names of layers.
    weights : VGGWeights
        The network that should have them.
    """
    available = [layer.name for layer in weights.layers]
    missing = [name for name in wanted if name not in available]
    if missing:
        raise UsageError(
            f"layer {', '.join(missing)} is not in {weights.origin} (VGG-{weights.depth}); "
            f"it has {', '.join(available)}"
        )
