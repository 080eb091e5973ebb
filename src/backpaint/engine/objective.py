"""The one seam between engines and everything else: a picture in, a loss and its gradient out."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from typing import Protocol, Self, cast

import numpy as np
from msgspec.structs import replace as replace_fields
from numpy.typing import NDArray

from ..errors import UsageError, whole_number
from ..optimizers.contract import Minimizer, Outcome, Vector
from ..problem.gray import GrayLine, gray_line
from ..problem.pixels import Pixels, to_pixels
from ..problem.problem import Problem
from .initial import initial_variable
from .painted_part import PaintedPart, painted_part
from .picture_term import PictureTerm
from .same_targets import same_targets


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
        before_evaluation: Callable[[], None] | None = None,
    ) -> None:
        """Choose who is told of evaluations and moves from the next step on; see `run`."""
        ...

    def run(
        self,
        x0: Vector,
        on_evaluation: Callable[[dict[str, float], float], None],
        on_move: Callable[[int], None],
        before_evaluation: Callable[[], None] | None = None,
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
        before_evaluation : callable, optional
            Called before each evaluation; what it raises ends the minimization there.
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

    Attributes
    ----------
    picture_terms : tuple of PictureTerm
        What was added to the recipe's own terms.
    scratch : str or None
        A folder for what memory does not hold; of an optimizer on the host as well.

    Notes
    -----
    An engine implements `_evaluate`, `_first_non_finite_layer` and `_renew_content`, and may
    implement `_renew_terms`; everything else is shared.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.picture_terms: tuple[PictureTerm, ...] = ()
        self.scratch: str | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and 3: the shape of the picture behind the flat array."""
        return (*self.problem.shape, 3)

    @property
    def gray(self) -> GrayLine | None:
        """The colors that it may paint, where the recipe paints light and dark alone."""
        recipe = self.problem.recipe
        return gray_line(recipe.variable) if recipe.color.luma else None

    @property
    def painted_part(self) -> PaintedPart | None:
        """The part of the content that is painted over, where a mask says so."""
        return painted_part(self.problem)

    def as_painted(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the picture, (H, W, 3) in and out, that a variable stands for.

        It is the variable itself, but for the nearest gray picture where light and dark alone are
        painted, and for the content where a mask keeps it.
        """
        gray, part = self.gray, self.painted_part
        x = x if gray is None else gray.nearest(x)
        return x if part is None else part.laid_over(x)

    def evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute loss, gradient and terms at a picture.

        Parameters
        ----------
        x : (H, W, 3) ndarray of float64
            R, G, B, in units of the recipe's variable.

        Notes
        -----
        Where the recipe paints light and dark alone, at the nearest gray picture; where a mask
        keeps parts of the content, with these in their place.  The gradient is that of this
        function, and moves nothing else: see `GrayLine` and `PaintedPart`.
        """
        gray, part = self.gray, self.painted_part
        if gray is None and part is None:
            return self._evaluate_all(x)
        evaluation = self._evaluate_all(self.as_painted(x))
        gradient = evaluation.gradient if part is None else part.along(evaluation.gradient)
        return replace(evaluation, gradient=gradient if gray is None else gray.along(gradient))

    def _evaluate_all(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute the recipe's terms and those that were added, at any picture."""
        evaluation = self._evaluate(x)
        if not self.picture_terms:
            return evaluation
        terms, gradient = dict(evaluation.terms), evaluation.gradient
        for term in self.picture_terms:
            terms[term.name], own = term.evaluate(x)
            gradient = gradient + own
        return Evaluation(sum(terms.values()), gradient, terms)

    def with_content(self, pixels: Pixels) -> Self:
        """Return the same objective for another content of the same size.

        Filters, style targets and memory are shared, so it costs about a forward pass.  Both
        objectives can be used from then on, by turns: a whole descent on a device is one turn.
        The engine gpu needs room for that forward pass beside everything else.

        Parameters
        ----------
        pixels : (H, W, 3) ndarray of float64
            R, G, B pixels 0..255.

        Raises
        ------
        UsageError
            If they have another shape than the painted picture.

        Notes
        -----
        Evaluations are, bit for bit, those of an objective that was built for the other content.
        A recipe without content term may still start from the content: see `initial`.
        """
        other = copy(self)
        other.problem = self.problem.with_content(pixels)
        other._renew_content()
        return other

    def with_problem(self, problem: Problem) -> Self | None:
        """Return the objective of a problem that asks for the same targets.

        Filters, targets and memory are shared, so it costs next to nothing.  Both objectives can
        be used from then on, by turns.

        Parameters
        ----------
        problem : Problem
            It may differ in weights and divisors of the terms, in shares of styles, in variation,
            start and optimizer; see `same_targets`.

        Returns
        -------
        Objective or None
            None where it differs in more, or the engine must build anew (`gpu` does).

        Notes
        -----
        Evaluations are, bit for bit, those of an objective that was built for the other problem.
        """
        if not same_targets(self.problem, problem):
            return None
        other = copy(self)
        other.problem, other.picture_terms = problem, ()
        return other if other._renew_terms() else None

    def with_terms(self, *terms: PictureTerm) -> Self:
        """Return the same objective with terms added that look at the picture alone.

        Parameters
        ----------
        *terms : PictureTerm
            They are computed on the host; so is the optimizer then (`descent` gives None).

        Raises
        ------
        UsageError
            If a name is taken.
        """
        other = copy(self)
        other.picture_terms = (*self.picture_terms, *terms)
        names = [*self.problem.term_names, *(term.name for term in other.picture_terms)]
        taken = [name for name in names if names.count(name) > 1]
        if taken:
            raise UsageError(
                f"there are two terms {taken[0]!r} in the objective of {self.problem.recipe.name}; "
                "give the added one another name"
            )
        return other

    def with_iterations(self, iterations: int) -> Self:
        """Return the same objective, to be minimized in another number of iterations.

        All that was computed is shared, as with `with_problem`.
        """
        other, recipe = copy(self), self.problem.recipe
        optimizer = replace_fields(recipe.optimizer, iterations=iterations)
        other.problem = replace(self.problem, recipe=replace_fields(recipe, optimizer=optimizer))
        return other

    def first_non_finite(self, x: NDArray[np.float64]) -> str:
        """Name the first place on the way from `x` to its gradient that is NaN or infinite.

        Parameters
        ----------
        x : (H, W, 3) ndarray of float64
            A picture whose loss or gradient is not finite.
        """
        if not np.isfinite(x).all():
            return "the picture itself"
        layer = self._first_non_finite_layer(x)
        if layer is not None:
            return f"layer {layer}"
        for name, loss in self.evaluate(x).terms.items():
            if not np.isfinite(loss):
                return f"the term {name}"
        for term in self.picture_terms:
            if not np.isfinite(term.evaluate(x)[1]).all():
                return f"the gradient of the term {term.name}"
        return "the gradient on its way back to the picture"

    @abstractmethod
    def _evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute the recipe's terms; see `evaluate`."""

    @abstractmethod
    def _first_non_finite_layer(self, x: NDArray[np.float64]) -> str | None:
        """Name the first layer whose features are not finite at a finite picture, if one is."""

    @abstractmethod
    def _renew_content(self) -> None:
        """Compute the content's targets anew for `problem`, and write to nothing that is shared.

        Called on a copy, which shares all its attributes with the objective that it was made of.
        """

    def _renew_terms(self) -> bool:
        """Take weights and divisors of the terms from `problem`, and write to nothing shared.

        Called on a copy, as `_renew_content`.  False where the engine cannot.
        """
        return False

    def during_descent(self) -> AbstractContextManager[None]:
        """Return a context manager that is entered for the whole of an optimizer's run."""
        return nullcontext()

    def descent(self) -> Descent | None:
        """Return a minimizer that runs where the engine computes; None if it has none for this.

        There is none for added terms, for gray pictures and for parts of the content, which are
        computed on the host.
        """
        return None if self.picture_terms or self.gray or self.painted_part else self._descent()

    def _descent(self) -> Descent | None:
        """Return a minimizer of the recipe's terms; see `descent`."""
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
        problem, seed = self.problem, whole_number("seed", seed, least=0)
        style = problem.styles[0] if problem.styles else None
        start = initial_variable(problem.recipe, problem.shape, problem.content, style, seed)
        return start.ravel()

    def to_image(self, x: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Turn a flat picture into R, G, B bytes: (H, W, 3), clipped to 0..255 and rounded."""
        x = self.as_painted(np.reshape(x, self.shape))
        pixels = to_pixels(x, self.problem.recipe.variable)
        return cast(NDArray[np.uint8], np.rint(np.clip(pixels, 0, 255)).astype(np.uint8))
