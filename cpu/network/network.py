"""A VGG forward and backward at one picture size: stages over maps.

Who calls whom, forward: `Network.forward` takes one stage after the other and hands its map, its
convolution's `run` and a `ForwardFinish` to each other.  `Convolution.run` cuts the map into pieces
and gives them to the team (`Team.run`, or `run_steps` where threads share filters); for each piece
a thread computes the outputs in its own `Workspace` and calls `ForwardFinish`, which writes ReLU,
bits and pool into the `Maps`.  When a stage is over, `on_features` gets each tap: `Terms.observe`
adds the losses, and prepares a `FeatureGradient`.

Backward the same with `BackwardFinish`, which adds the `FeatureGradient` of each tap while its
piece is in the cache; the first convolution's pieces go to `picture_receiver`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from ...problem.pixels import NetworkInputMap
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage, stages_of
from ...vgg import Layer
from ..convolution.convolution import DirectConvolution
from ..convolution.convolutions import Convolutions
from ..convolution.tiles import clear_frame, interior
from ..convolution.winograd import TILE
from ..threads.stopwatch import Stopwatch
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace
from .edges import add_edge_gradient
from .features import FeatureGradient
from .finish import BackwardFinish, ForwardFinish
from .maps import (
    PICTURE,
    Maps,
    conv_gradient_name,
    mask_name,
    needs_mask,
    picture_receiver,
    pool_gradient_name,
    shared_name,
    write_picture,
)
from .overlapping_pooling import overlapping_pool, overlapping_unpool, overlapping_weights
from .pooling import Bools, WindowWeights, average_weights, read_mask
from .scratch import scratch_of

OnFeatures = Callable[[Stage, str, Float32], None]
"""Called with a stage, a tap's name and its features with their frame, once they are there."""


class Network:
    """A VGG's layers, ready to run on pictures of one size.

    Parameters
    ----------
    layers : sequence of Layer
        From the first one to the deepest tap.
    convolutions : Convolutions
        Of these layers, in both directions.
    options : NetworkOptions
        Kind of pooling.
    input_map : NetworkInputMap
        How the picture becomes the network's input.
    shape : (int, int)
        Height and width of the picture.
    taps : collection of str
        The layers that terms look at.
    team : Team
        Who computes.
    backward : bool
        Whether `backward` will be called.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        convolutions: Convolutions,
        options: NetworkOptions,
        input_map: NetworkInputMap,
        shape: Size,
        taps: Collection[str],
        team: Team,
        *,
        backward: bool = True,
    ) -> None:
        self.stages = stages_of(layers, options, shape, taps)
        self.convolutions, self.options, self.input_map = convolutions, options, input_map
        self.team, self.goes_back = team, backward
        self.maps = Maps(self.stages, options, backward=backward, exact=convolutions.exact)
        self.work = Workspace(
            scratch_of(self.stages, backward=backward, exact=convolutions.exact), team.threads
        )
        self.stopwatch = Stopwatch()

    def forward(
        self,
        picture: NDArray[np.float64],
        on_features: OnFeatures,
        taps: Collection[str] | None = None,
    ) -> None:
        """Run the network on a picture.

        Parameters
        ----------
        picture : (H, W, 3) ndarray of float64
            R, G, B, in units of the recipe's variable.
        on_features : callable
            Gets every tap's features.
        taps : collection of str, optional
            The only ones that are wanted; stages after the deepest of them do not run.
        """
        wanted = [stage.taps if taps is None else stage.taps & set(taps) for stage in self.stages]
        last = max((number for number, names in enumerate(wanted) if names), default=-1)
        for stage in islice(self._forward_stages(picture), last + 1):
            for layer in (layer for layer in stage.layers if layer in wanted[stage.number]):
                with self.stopwatch.lap(layer, "terms"):
                    on_features(stage, layer, self.maps[layer])

    def first_non_finite(self, picture: NDArray[np.float64]) -> str | None:
        """Return the name of the first convolution whose output is not finite; None if all are.

        ReLUs and pools pass on what comes in, so looking at each stage's output is enough.
        """
        for stage in self._forward_stages(picture):
            layers = [layer for layer in stage.layers if layer in self.maps]
            if not all(np.isfinite(self.maps[layer]).all() for layer in layers):
                return stage.conv
        return None

    def decisions(self, picture: NDArray[np.float64]) -> dict[str, Bools]:
        """Return what the ReLUs and max pools decide on the way forward.

        Returns
        -------
        dict of str to (H, W, C) ndarray of bool
            By layer, in the shape of its input: where a ReLU lets pass, which pixels a max pool
            takes.  Of a ReLU in front of a max pool only the latter are known, unless a term looks
            at it.
        """
        for _ in self._forward_stages(picture):
            pass
        decisions: dict[str, Bools] = {}
        for stage in self.stages:
            if stage.relu is None:
                continue
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

    def backward(self, gradients: Mapping[str, FeatureGradient]) -> NDArray[np.float64]:
        """Carry the gradients of all terms back to the picture.

        Parameters
        ----------
        gradients : mapping of str to FeatureGradient
            One for each tap, whose features are those of the last `forward`.

        Returns
        -------
        (H, W, 3) ndarray of float64
            Gradient with respect to the picture.
        """
        deepest, first = self.stages[-1], self.stages[0]
        with self.stopwatch.lap(deepest.output, "backward"):
            self._start_backward(deepest, gradients)
        for before, stage in reversed(list(pairwise(self.stages))):
            with self.stopwatch.lap(stage.conv, "backward", stage.flops):
                self._enter(2 * len(self.stages) - stage.number)  # counted as in `maps.py`
                finish = self._receiver(before, gradients)
                grad = self.maps[conv_gradient_name(stage)]
                convolution = self.convolutions.backward[stage.conv]
                convolution.run(self.team, self.work, grad, stage.size, finish)
                self._unpool_overlapping(before, finish)
        with self.stopwatch.lap(first.conv, "backward", first.flops):
            grad = self.maps[conv_gradient_name(first)]
            gradient = np.empty((*first.size, 3))
            finish_picture = picture_receiver(gradient, self.input_map)
            convolution = self.convolutions.backward[first.conv]
            convolution.run(self.team, self.work, grad, first.size, finish_picture)
            if self._repeats_edge:
                assert isinstance(convolution, DirectConvolution)  # the first one always is
                filters = convolution.filters.reshape(3, 3, first.channels_out, 3)
                add_edge_gradient(gradient, interior(grad, *first.size), filters, self.input_map)
        return gradient

    @property
    def _repeats_edge(self) -> bool:
        return self.options.first_padding == "edge"

    def _enter(self, step: int) -> None:
        """Take the scratch memory that the plan gives to a step."""
        name = shared_name(step)
        if name in self.maps:
            self.work.shared = self.maps[name]

    def _forward_stages(self, picture: NDArray[np.float64]) -> Iterator[Stage]:
        """Run one stage after the other; yield each when its maps are written."""
        before = PICTURE
        for stage in self.stages:
            with self.stopwatch.lap(stage.conv, "forward", stage.flops):
                self._enter(stage.number)
                if stage.number == 0:
                    write_picture(
                        picture,
                        self.input_map,
                        self.maps[PICTURE],
                        stage.size,
                        repeats_edge=self._repeats_edge,
                    )
                self._forward(stage, self.maps[before])
            yield stage
            before = stage.output

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

    def _start_backward(self, stage: Stage, gradients: Mapping[str, FeatureGradient]) -> None:
        """Begin at the deepest stage, where nothing comes back but the taps' own gradients."""
        finish = self._receiver(stage, gradients)
        pieces = self.convolutions.forward[stage.conv].pieces(stage.pooled)

        def start(slot: int, number: int) -> None:
            piece = pieces[number]
            shape = (*(TILE * count for count in piece.grid), stage.channels_out)
            finish(slot, piece, np.zeros(shape, np.float32))

        self.team.run(start, len(pieces))
        self._unpool_overlapping(stage, finish)

    def _receiver(self, stage: Stage, gradients: Mapping[str, FeatureGradient]) -> BackwardFinish:
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
