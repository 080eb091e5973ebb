"""A VGG forward and backward at one picture size: one block over maps planned beforehand.

`Network.forward` runs its `Block` (`block.py`) stage by stage.  When a stage is over, `on_features`
gets each tap: `Terms.observe` adds the losses, and prepares a `FeatureGradient`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ...problem.pixels import NetworkInputMap
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage, stages_of
from ...vgg import Layer
from ..convolution.convolutions import Convolutions
from ..threads.stopwatch import Stopwatch
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace
from .block import Block, Source
from .edges import WHOLE, Ends
from .features import LayerGradient
from .maps import maps_of
from .picture import carry_back_to_picture, write_picture
from .pooling import Bools
from .scratch import scratch_of

OnFeatures = Callable[[Stage, str, Float32, slice], None]
"""Called with a stage, a tap's name, its features with their frame, once they are there, and which
rows of the layer they are."""


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
    ends : (bool, bool)
        Of a window of a picture: see `add_edge_gradient`.
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
        ends: Ends = WHOLE,
    ) -> None:
        self.stages = stages_of(layers, options, shape, taps)
        self.input_map, self.stopwatch = input_map, Stopwatch()
        exact = convolutions.exact
        arena = maps_of(self.stages, options, backward=backward, exact=exact)
        scratch = scratch_of(self.stages, backward=backward, exact=exact)
        self.maps, self.nbytes = arena.arrays, arena.nbytes
        self.work = Workspace(scratch, team.threads)
        common = (convolutions, options, self.maps, team, self.work, self.stopwatch)
        self._block = Block(self.stages, *common, backward=backward)
        self._ends = ends

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
        for stage in islice(self._block.run(self._source(picture)), last + 1):
            for layer in (layer for layer in stage.layers if layer in wanted[stage.number]):
                with self.stopwatch.lap(layer, "terms"):
                    rows = slice(0, stage.size_of(layer)[0])
                    on_features(stage, layer, self.maps[layer], rows)

    def first_non_finite(self, picture: NDArray[np.float64]) -> str | None:
        """Return the name of the first convolution whose output is not finite; None if all are.

        ReLUs and pools pass on what comes in, so looking at each stage's output is enough.
        """
        run = self._block.run(self._source(picture))
        return next((stage.conv for stage in run if not self._block.is_finite(stage)), None)

    def decisions(self, picture: NDArray[np.float64]) -> dict[str, Bools]:
        """Return what the ReLUs and max pools decide on the way forward.

        Returns
        -------
        dict of str to (H, W, C) ndarray of bool
            By layer, in the shape of its input: where a ReLU lets pass, which pixels a max pool
            takes.  Of a ReLU in front of a max pool only the latter are known, unless a term looks
            at it.
        """
        decisions: dict[str, Bools] = {}
        for stage in self._block.run(self._source(picture)):
            decisions |= self._block.decisions(stage)
        return decisions

    def backward(
        self, picture: NDArray[np.float64], gradients: Mapping[str, LayerGradient]
    ) -> NDArray[np.float64]:
        """Carry the gradients of all terms back to the picture.

        Parameters
        ----------
        picture : (H, W, 3) ndarray of float64
            That of the last `forward`.
        gradients : mapping of str to LayerGradient
            One for each tap, whose features are those of the last `forward`.

        Returns
        -------
        (H, W, 3) ndarray of float64
            Gradient with respect to the picture.
        """
        gradient = np.zeros(picture.shape)
        carry_back_to_picture(self._block, gradients, gradient, self.input_map, ends=self._ends)
        return gradient

    def _source(self, picture: NDArray[np.float64]) -> Source:
        return partial(write_picture, picture, self.input_map, self._block.options)
