"""The fast NumPy engine: the objective of `backpaint.reference` in float32, piece by piece."""

from contextlib import AbstractContextManager
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from ..engine.objective import Evaluation, Objective
from ..problem.pixels import network_input_map
from ..problem.problem import Problem
from ..problem.stages import Stage
from ..reference.picture_terms import picture_terms
from .bands.choice import are_in_files, require_bands
from .bands.network import network_of
from .convolution.convolutions import Convolutions
from .network.pooling import Bools
from .terms.banded_terms import BandedTerms
from .terms.targets import content_targets, style_targets
from .terms.terms import Terms
from .threads.stopwatch import Lap, profile_table
from .threads.team import Team, single_threaded_blas
from .threads.workspace import Float32


class CPUObjective(Objective):
    """Loss and gradient of one problem, fast; bench/results/cpu.md has the figures.

    Parameters
    ----------
    problem : Problem
        What to compute.
    threads : int, optional
        How many work; as many as this process may use.  The result does not depend on it.
    exact : bool
        Direct products instead of Winograd's: slower, and closer to float64.
    bands : int
        How many blocks of the network run in bands of rows, which takes less memory; see
        `bands.cut`.
    scratch : str, optional
        A folder: with as many blocks in bands as there can be, what their pools put out lies in a
        file there, and the content's features; so does an optimizer's history, where it can.

    Raises
    ------
    UsageError
        If `threads` is less than 1, the memory does not suffice, or bands are asked for that this
        problem cannot have.

    Notes
    -----
    Several threads may call it; they take turns.  The content's features are computed when first
    asked for: an objective from which others come by `with_content` alone has none.
    """

    _terms: Terms | None

    def __init__(
        self,
        problem: Problem,
        *,
        threads: int | None = None,
        exact: bool = False,
        bands: int = 0,
        scratch: str | None = None,
    ) -> None:
        super().__init__(problem)
        require_bands(problem, bands)
        self.scratch = scratch
        self._features_in = scratch if are_in_files(problem, bands) else None
        options = problem.recipe.network
        input_map = network_input_map(problem.recipe, problem.weights.normalization)
        self.team = Team(threads)
        with self.team.at_work():
            self.convolutions = Convolutions(problem.layers, problem.weights, options, exact=exact)
            self._style_targets = style_targets(
                problem, self.convolutions, input_map, self.team, blocks=bands
            )
        self._kind = BandedTerms if bands else Terms
        self.network = network_of(
            problem.layers,
            self.convolutions,
            options,
            input_map,
            problem.shape,
            problem.taps,
            self.team,
            blocks=bands,
            scratch=self._features_in,
        )
        self._renew_content()
        if self._features_in is None:  # in files there is room for one set: that of who runs
            with self.team.at_work():
                self._content_targets()

    def _evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute loss, gradient and terms at a picture; see `Objective.evaluate`."""
        with self.team.at_work(), np.errstate(over="ignore", invalid="ignore"):
            terms = self._terms = self._terms or self._new_terms()
            self.network.stopwatch.start()
            terms.start()
            self.network.forward(x, partial(self._observe, terms))
            terms.conclude()
            gradient = self.network.backward(x, terms.gradients)
            losses = dict(terms.losses)
            for name, term in picture_terms(self.problem).items():
                with self.network.stopwatch.lap(name, "terms"):
                    losses[name], own = term(x)
                    gradient += own
        return Evaluation(sum(losses.values()), gradient, losses)

    def during_descent(self) -> AbstractContextManager[None]:
        """Hold BLAS to one thread, the optimizer's too.

        Its threads would otherwise wait for more to do, on processors that are needed here.
        """
        return single_threaded_blas()

    def _first_non_finite_layer(self, x: NDArray[np.float64]) -> str | None:
        """See `Objective`."""
        with self.team.at_work(), np.errstate(over="ignore", invalid="ignore"):
            return self.network.first_non_finite(x)

    def _renew_content(self) -> None:
        """See `Objective`."""
        features = partial(content_targets, self.problem, self.network, self._features_in)
        self._content_targets = cache(features)
        self._terms = None

    def _renew_terms(self) -> bool:
        """See `Objective`."""
        self._terms = None
        return True

    def _new_terms(self) -> Terms:
        """Make the terms; objectives that differ in nothing else share the content's features."""
        targets = self._content_targets()
        return self._kind(self.problem, self.team, targets, self._style_targets)

    def decisions(self, x: NDArray[np.float64]) -> dict[str, Bools]:
        """Return what ReLUs and max pools decide at a picture; see `Network.decisions`."""
        with self.team.at_work():
            return self.network.decisions(x.reshape(*self.problem.shape, 3))

    def profile(self, x: NDArray[np.float64]) -> list[Lap]:
        """Time the steps of one evaluation at a flat picture; see `stopwatch.profile_table`."""
        self(x)
        return self.network.stopwatch.laps

    def profile_table(self, x: NDArray[np.float64]) -> str:
        """Time the steps of one evaluation at a flat picture; see `Objective.profile_table`."""
        return profile_table(self.profile(x))

    def _observe(
        self, terms: Terms, stage: Stage, layer: str, framed: Float32, rows: slice
    ) -> None:
        terms.observe(stage, layer, framed, rows, self.network.work)
