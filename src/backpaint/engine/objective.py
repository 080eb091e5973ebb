"""The one seam between engines and everything else: a picture in, a loss and its gradient out."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ..optimizers.contract import Minimizer, Outcome, Vector
from ..problem.pixels import to_pixels
from ..problem.problem import Problem
from .initial import initial_variable


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


class Descent(Minimizer, Protocol):
    """A minimization where the engine computes; the picture comes to the host when asked for."""

    def listen(
        self,
        on_evaluation: Callable[[dict[str, float], float], None],
        on_move: Callable[[int], None],
    ) -> None:
        """Choose who is told of evaluations and moves from the next step on; see `run`."""
        ...

    def run(
        self,
        x0: Vector,
        on_evaluation: Callable[[dict[str, float], float], None],
        on_move: Callable[[int], None],
    ) -> Outcome:
        """Minimize the objective with its recipe's optimizer: `listen`, `start`, and all steps.

        Parameters
        ----------
        x0 : (N,) ndarray of float64
            Where to start, flat.
        on_evaluation : callable
            Called with terms and the gradient's length after each evaluation.
        on_move : callable
            Called with the number of each accepted move.
        """
        ...

    def picture(self) -> Vector:
        """Copy the current picture to the host, flat."""
        ...

    def last_good(self) -> Vector | None:
        """Copy the last accepted picture with a finite loss to the host, flat."""
        ...


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

    def during_descent(self) -> AbstractContextManager[None]:
        """Give what shall hold from the first evaluation of an optimizer to its last."""
        return nullcontext()

    def descent(self) -> Descent | None:
        """Give a minimizer that runs where the engine computes; None if it has none for this."""
        return None

    def profile_table(self, x: NDArray[np.float64]) -> str | None:
        """Time the steps of one evaluation at a flat picture, as a table for a person.

        Returns
        -------
        str or None
            None where an engine does not tell its steps apart.
        """
        return None

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
