"""The objective of one picture in tiles: sums forward, what follows from them here, then back."""

from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from ..cpu.bands.choice import reason_against_bands
from ..cpu.bands.tile import tiles_of
from ..cpu.convolution.convolutions import Convolutions
from ..cpu.terms.banded_terms import BandedTerms
from ..cpu.terms.targets import style_targets
from ..cpu.threads.team import Team, single_threaded_blas
from ..engine.objective import Evaluation, Objective
from ..errors import RunError, UsageError
from ..problem.divisors import RELATIVE
from ..problem.pixels import network_input_map, to_variable
from ..problem.problem import Problem
from ..reference.picture_terms import picture_terms
from ..reference.preprocess import preprocess_backward, preprocess_forward
from ..weights.load import absolute_name
from .crew import Crew, Ticket, WorkerFull
from .work import (
    NetworkSpec,
    TileSpec,
    content_features,
    content_squares,
    first_non_finite,
    kept,
    know_weights,
    tile_gradient,
    tile_sums,
)

Picture = NDArray[np.float64]


def require_tiles(problem: Problem) -> None:
    """Raise UsageError if a problem asks for more than sums over rows."""
    why = reason_against_bands(problem)
    if why is not None:
        raise UsageError(f"{why}; tiles cannot compute it; leave --workers out")


class TilesObjective(Objective):
    """Loss and gradient of one problem, computed by a crew.

    Parameters
    ----------
    problem : Problem
    crew : Crew
    rows : int
        Of a tile, at most.
    exact : bool
        As for `CPUObjective`.
    neighbors : int
        How many workers share a machine's memory.
    threads : int, optional
        How many compute here: the styles' targets, and what follows from sums.

    Raises
    ------
    UsageError
        If the problem cannot be computed in tiles.

    Notes
    -----
    Sums over tiles are added up in the order of the tiles, in float64.  So bits depend on the cut,
    but neither on how many work nor on who computes what, or computes it once more.
    """

    def __init__(
        self,
        problem: Problem,
        crew: Crew,
        *,
        rows: int,
        exact: bool = False,
        neighbors: int = 1,
        threads: int | None = None,
    ) -> None:
        super().__init__(problem)
        require_tiles(problem)
        options, self._crew, self._names = problem.recipe.network, crew, count()
        self._input_map = network_input_map(problem.recipe, problem.weights.normalization)
        self._team = Team(threads)
        with self._team.at_work():
            convolutions = Convolutions(problem.layers, problem.weights, options, exact=exact)
            self._style_targets = style_targets(
                problem, convolutions, self._input_map, self._team, blocks=1
            )
        del convolutions  # the workers have their own
        self._squares = dict.fromkeys(problem.content_layers, 0.0)
        self._terms = self._new_terms()
        tiles = tiles_of(problem.layers, options, problem.shape, problem.taps, rows)
        network = _network_spec(problem, exact, crew.threads)
        questions, self._owner = self._terms.questions, uuid4().hex
        self._specs = [
            TileSpec(network, self._owner, number, tile, questions, neighbors)
            for number, tile in enumerate(tiles)
        ]
        know_weights(problem.weights)
        self._renew_content()

    def _evaluate(self, x: Picture) -> Evaluation:
        """Compute loss, gradient and terms at a picture; see `Objective.evaluate`."""
        with self._team.at_work(), np.errstate(over="ignore", invalid="ignore"):
            name = f"{self._owner}-{next(self._names)}"
            windows = self._windows(x)
            self._sum_up(name, windows)
            gradient = self._carry_back(name, windows)
            losses = dict(self._terms.losses)
            for term, compute in picture_terms(self.problem).items():
                losses[term], own = compute(x)
                gradient += own
        return Evaluation(sum(losses.values()), gradient, losses)

    def _windows(self, x: Picture) -> list[Ticket]:
        """Bring each tile's window to where its targets are, once for both passes."""
        input_map = self._input_map
        seen = preprocess_forward(x, input_map.scale, input_map.offset, input_map.order)
        seen = seen.astype(np.float32)
        return [
            self._crew.submit(kept, seen[spec.tile.band.window], targets)
            for spec, targets in zip(self._specs, self._targets, strict=True)
        ]

    def _sum_up(self, name: str, windows: list[Ticket]) -> None:
        """Run forward: add up the sums of all tiles, and compute losses of them."""
        every = zip(self._specs, windows, self._targets, strict=True)
        tickets = [
            self._crew.submit(tile_sums, spec, name, window, targets)
            for spec, window, targets in every
        ]
        self._terms.start()
        for ticket in tickets:  # in their order, whoever was first
            for layer, answer in self._result(ticket).items():
                self._terms.add(layer, answer)
        self._terms.conclude()

    def _carry_back(self, name: str, windows: list[Ticket]) -> Picture:
        """Run back: add up the gradients of all tiles, where windows overlap."""
        without = {
            layer: replace(given, target=None) for layer, given in self._terms.gradients.items()
        }
        tickets = []
        for spec, window, targets in zip(self._specs, windows, self._targets, strict=True):
            # to each tile, not once to all: a task goes where the largest of its arguments is
            gradients = self._crew.submit(kept, without, window)
            ticket = self._crew.submit(tile_gradient, spec, name, window, targets, gradients)
            tickets.append(ticket)
        total, input_map = np.zeros(self.shape), self._input_map
        for spec, ticket in zip(self._specs, tickets, strict=True):
            own = self._result(ticket).astype(np.float64)
            rows = spec.tile.band.window
            total[rows] += preprocess_backward(own, input_map.scale, input_map.order)
        return total

    def _result(self, ticket: Ticket) -> Any:
        """Wait for a result; see `Crew.result`."""
        try:
            return self._crew.result(ticket)
        except WorkerFull as error:
            raise RunError(f"{error}; choose smaller tiles (--tile)") from None

    def during_descent(self) -> AbstractContextManager[None]:
        """Hold BLAS to one thread, the optimizer's too; see `CPUObjective`."""
        return single_threaded_blas()

    def _first_non_finite_layer(self, x: Picture) -> str | None:
        """See `Objective`."""
        with self._team.at_work(), np.errstate(over="ignore", invalid="ignore"):
            tickets = [
                self._crew.submit(first_non_finite, spec, window)
                for spec, window in zip(self._specs, self._windows(x), strict=True)
            ]
            found = {self._result(ticket) for ticket in tickets}
        return next((layer.name for layer in self.problem.layers if layer.name in found), None)

    def _renew_content(self) -> None:
        """See `Objective`.  The targets stay with the workers, which can compute them again."""
        problem, seen = self.problem, None
        if problem.content is not None and problem.content_layers:
            variable, its = to_variable(problem.content, problem.recipe.variable), self._input_map
            seen = preprocess_forward(variable, its.scale, its.offset, its.order)
            seen = seen.astype(np.float32)
        self._targets = [
            self._crew.submit(
                content_features, spec, None if seen is None else seen[spec.tile.band.window]
            )
            for spec in self._specs
        ]
        self._squares = self._squares_of_content()
        self._terms = self._new_terms()

    def _squares_of_content(self) -> dict[str, float]:
        """Add up the squares of the content's features over the tiles, if terms ask for them."""
        totals = dict.fromkeys(self.problem.content_layers, 0.0)
        content = self.problem.recipe.content
        if content is None or content.divisor not in RELATIVE:
            return totals
        tickets = [self._crew.submit(content_squares, features) for features in self._targets]
        for ticket in tickets:
            for layer, squares in self._result(ticket).items():
                totals[layer] += squares
        return totals

    def _renew_terms(self) -> bool:
        """See `Objective`."""
        self._terms = self._new_terms()
        return True

    def _new_terms(self) -> BandedTerms:
        """Make the terms, whose content's features are elsewhere."""
        elsewhere = np.empty((0, 0, 0), np.float32)
        targets = dict.fromkeys(self.problem.content_layers, elsewhere)
        return BandedTerms(
            self.problem, self._team, targets, self._style_targets, content_squares=self._squares
        )


def _network_spec(problem: Problem, exact: bool, threads: int | None) -> NetworkSpec:
    """Describe a problem's network in words."""
    recipe, weights = problem.recipe, problem.weights
    return NetworkSpec(
        absolute_name(recipe.weights),
        weights.sha256,
        weights.trusted,
        recipe.network,
        len(problem.layers),
        exact,
        threads,
    )
