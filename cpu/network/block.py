"""A block of stages forward and backward over maps; its input is a picture, or a feature map.

Who calls whom, forward: `Block.run` takes one stage after the other and hands its map, its
convolution's `run` and a `ForwardFinish` to each other.  `Convolution.run` cuts the map into pieces
and gives them to the team (`Team.run`, or `run_steps` where threads share filters); for each piece
a thread computes the outputs in its own `Workspace` and calls `ForwardFinish`, which writes ReLU,
bits and pool into the maps.

Backward the same with `BackwardFinish`, which adds the `FeatureGradient` of each tap while its
piece is in the cache; the first convolution's pieces go to the receiver of the block's input.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage
from ..convolution.convolution import Finish
from ..convolution.convolutions import Convolutions
from ..convolution.tiles import clear_frame, interior
from ..convolution.winograd import TILE
from ..threads.stopwatch import Stopwatch
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace
from .features import LayerGradient
from .finish import BackwardFinish, ForwardFinish
from .maps import (
    INPUT,
    Maps,
    conv_gradient_name,
    mask_name,
    needs_mask,
    pool_gradient_name,
    shared_name,
)
from .overlapping_pooling import overlapping_pool, overlapping_unpool, overlapping_weights
from .pooling import Bools, WindowWeights, average_weights, read_mask

Source = Callable[[Float32, Size], None]
"""Writes a block's input into its map, which has a frame; gets height and width, too."""

Arriving = Callable[[slice, slice, Float32], None]
"""Adds what comes back to a part of the last stage's output: rows, columns, and where to."""


class Block:
    """Stages that follow each other, ready to run on inputs of one size.

    Parameters
    ----------
    stages : sequence of Stage
        Numbered from 0.
    convolutions : Convolutions
        Of these stages at least, in both directions.
    options : NetworkOptions
        Kind of pooling.
    maps : Maps
        As `maps.plan` lists them.
    team : Team
        Who computes.
    work : Workspace
        Scratch memory; as much as `scratch.scratch_of` says, or more.
    stopwatch : Stopwatch
        Times the steps.
    backward : bool
        Whether `carry_back` will be called.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        convolutions: Convolutions,
        options: NetworkOptions,
        maps: Maps,
        team: Team,
        work: Workspace,
        stopwatch: Stopwatch,
        *,
        backward: bool = True,
    ) -> None:
        self.stages, self.convolutions, self.options = stages, convolutions, options
        self.maps, self.team, self.work, self.stopwatch = maps, team, work, stopwatch
        self.goes_back = backward

    def run(self, source: Source) -> Iterator[Stage]:
        """Run one stage after the other; yield each when its maps are written."""
        before = INPUT
        for stage in self.stages:
            with self.stopwatch.lap(stage.conv, "forward", stage.flops):
                self._enter(stage.number)
                if stage.number == 0:
                    source(self.maps[INPUT], stage.size)
                self._forward(stage, self.maps[before])
            yield stage
            before = stage.output

    def is_finite(self, stage: Stage) -> bool:
        """Whether the maps that a stage has just written hold neither NaN nor infinity."""
        layers = [layer for layer in stage.layers if layer in self.maps]
        return all(np.isfinite(self.maps[layer]).all() for layer in layers)

    def decisions(self, stage: Stage) -> dict[str, Bools]:
        """Return what a stage has decided; see `Network.decisions`."""
        decisions: dict[str, Bools] = {}
        if stage.relu is None:
            return decisions
        height, width = stage.size
        if needs_mask(stage, self.options):
            bits = self.maps[mask_name(stage)]
            passes = read_mask(bits, slice(0, height), slice(0, width), stage.channels_out)
            decisions[stage.relu] = passes
            if stage.pool is not None and self.options.pool == "max":
                decisions[stage.pool] = passes
        if stage.relu in stage.taps:
            decisions[stage.relu] = interior(self.maps[stage.relu], *stage.size) > 0
        return decisions

    def carry_back(
        self,
        gradients: Mapping[str, LayerGradient],
        receiver: Finish,
        arriving: Arriving | None = None,
    ) -> None:
        """Carry gradients back to the block's input.

        Parameters
        ----------
        gradients : mapping of str to LayerGradient
            One for each tap, whose features are those of the last `run`.
        receiver : callable
            Gets pieces of the gradient with respect to the input.
        arriving : callable, optional
            What comes back from the stages after the block.
        """
        deepest, first = self.stages[-1], self.stages[0]
        with self.stopwatch.lap(deepest.output, "backward"):
            self._start_backward(deepest, gradients, arriving)
        for before, stage in reversed(list(pairwise(self.stages))):
            with self.stopwatch.lap(stage.conv, "backward", stage.flops):
                finish = self._receiver(before, gradients)
                self._convolve_back(stage, finish)
                self._unpool_overlapping(before, finish)
        with self.stopwatch.lap(first.conv, "backward", first.flops):
            self._convolve_back(first, receiver)

    def _enter(self, step: int) -> None:
        """Take the scratch memory that the plan gives to a step."""
        name = shared_name(step)
        if name in self.maps:
            self.work.shared = self.maps[name]

    def _convolve_back(self, stage: Stage, finish: Finish) -> None:
        """Carry a stage's gradient through its convolution."""
        self._enter(2 * len(self.stages) - stage.number)  # counted as in `maps.py`
        grad = self.maps[conv_gradient_name(stage)]
        self.convolutions.backward[stage.conv].run(self.team, self.work, grad, stage.size, finish)

    def _forward(self, stage: Stage, framed: Float32) -> None:
        """Run a stage from the map that it reads to those that it writes."""
        for layer in stage.layers:
            if layer in self.maps:
                clear_frame(self.maps[layer], *stage.size_of(layer))
        window_weights = self._window_weights(stage)
        pool = "none" if self._is_overlapping(stage) else self.options.pool
        finish = ForwardFinish(
            stage,
            self.maps,
            pool,
            window_weights,
            keeps_mask=self.goes_back and needs_mask(stage, self.options),
        )
        convolution = self.convolutions.forward[stage.conv]
        convolution.run(self.team, self.work, framed, stage.size, finish)
        if self._is_overlapping(stage) and stage.relu and stage.pool and window_weights:
            before, after = self.maps[stage.relu], self.maps[stage.pool]
            overlapping_pool(self.team, before, after, stage.pooled, window_weights)

    def _start_backward(
        self, stage: Stage, gradients: Mapping[str, LayerGradient], arriving: Arriving | None
    ) -> None:
        """Begin at the deepest stage, with what comes back from later ones, if there are any."""
        finish = self._receiver(stage, gradients)
        pieces = self.convolutions.forward[stage.conv].pieces(stage.pooled)

        def start(slot: int, number: int) -> None:
            piece = pieces[number]
            shape = (*(TILE * count for count in piece.grid), stage.channels_out)
            grad = np.zeros(shape, np.float32)
            if arriving is not None:
                arriving(piece.rows, piece.columns, grad)
            finish(slot, piece, grad)

        self.team.run(start, len(pieces))
        self._unpool_overlapping(stage, finish)

    def _receiver(self, stage: Stage, gradients: Mapping[str, LayerGradient]) -> BackwardFinish:
        """Prepare a stage's maps for its gradient."""
        clear_frame(self.maps[conv_gradient_name(stage)], *stage.size)
        if self._is_overlapping(stage):
            clear_frame(self.maps[pool_gradient_name(stage)], *stage.pooled)
        return BackwardFinish(
            stage,
            self.maps,
            gradients,
            is_overlapping=self._is_overlapping(stage),
            window_weights=self._window_weights(stage),
        )

    def _unpool_overlapping(self, stage: Stage, finish: BackwardFinish) -> None:
        """Carry the gradient through an overlapping pool, if that is what the stage has."""
        if self._is_overlapping(stage):
            grad = self.maps[pool_gradient_name(stage)]
            overlapping_unpool(self.team, grad, stage.size, finish.pass_relu)

    def _is_overlapping(self, stage: Stage) -> bool:
        return stage.pool is not None and self.options.pool == "overlapping-average"

    def _window_weights(self, stage: Stage) -> WindowWeights | None:
        """Return the factors that turn the sums of an average pool into averages, if it has one."""
        if stage.pool is None or self.options.pool == "max":
            return None
        if self.options.pool == "average":
            return average_weights(stage.size, stage.pooled)
        return overlapping_weights(stage.size, stage.pooled, self.options.count_padding)
