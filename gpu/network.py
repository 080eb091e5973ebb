"""A VGG forward and backward at one picture size: launches over an arena that was planned before.

Nothing here allocates or waits once the network is built, so that all of it can be captured in one
CUDA graph.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from ..pixels import NetworkInputMap
from ..recipe import NetworkOptions
from ..stages import Size, Stage, stages_of
from ..vgg import Layer
from .arena import Arena
from .backward import AddGradient, Step, steps_of, to_picture
from .bands import whole
from .device import Array
from .filters import NetworkFilters
from .forward import run_stages
from .layout import Layout, empty_biases
from .plan import plan
from .scales import Scales

Look = Callable[[str, Array, int], None]
"""Called with a tap's name, its features once they are there, and the first of their rows: where
a network runs in bands, features come band by band."""


class Network:
    """A VGG's layers, ready to run on pictures of one size.

    Parameters
    ----------
    layers : sequence of Layer
        From the first one to the deepest tap.
    filters : NetworkFilters
        Of these layers.
    options : NetworkOptions
        Kind of pooling.
    input_map : NetworkInputMap
        How the picture becomes the network's input.
    shape : (int, int)
        Height and width of the picture.
    taps : collection of str
        The layers that terms look at.
    scales : Scales
        Of what is stored, for these layers; networks may share them.
    backward : bool
        Whether `backward` will be called.
    scratch : collection of str
        See `plan.plan`.

    Attributes
    ----------
    layout : Layout
        All stages, and their arrays.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        filters: NetworkFilters,
        options: NetworkOptions,
        input_map: NetworkInputMap,
        shape: Size,
        taps: Collection[str],
        scales: Scales,
        *,
        backward: bool = True,
        scratch: Collection[str] = (),
    ) -> None:
        stages = stages_of(layers, options, shape, taps)
        leases = plan(
            stages,
            options,
            stored=filters.stored,
            real=filters.dtype,
            backward=backward,
            scratch=scratch,
        )
        self.layout = Layout(
            stages=stages,
            arena=Arena(leases),
            band=whole(shape),
            filters=filters,
            biases=empty_biases(stages, filters),
            options=options,
            input_map=input_map,
            scales=scales,
            operands=Scales(layers),
        )
        self.layout.send_biases()

    def forward(self, picture: Array, look: Look) -> None:
        """Run the network on a picture (H, W, 3) in units of the recipe's variable."""
        for layout, stage in self.forward_stages(picture):
            for layer in (layer for layer in stage.layers if layer in stage.taps):
                look(layer, layout.features(layer), layout.band.first)

    def forward_stages(self, picture: Array) -> Iterator[tuple[Layout, Stage]]:
        """Run one stage after the other, and stop behind each, with the arrays where it ran."""
        return run_stages(self.layout, picture)

    def backward(self, picture: Array, add_gradient: AddGradient, out: Array) -> None:
        """Carry the gradients of all taps back to the picture, and write them to `out`."""
        for step in self.way_back(picture, out):
            step.launch(add_gradient)

    def way_back(self, picture: Array, out: Array) -> Iterator[Step]:
        """List the steps from the last stage to the picture; the caller launches each.

        Parameters
        ----------
        picture : (H, W, 3) device array
            That of the last `forward`.
        out : (H, W, 3) device array
            Written in the end.
        """
        yield from steps_of(self.layout, self.layout.stages)
        to_picture(self.layout, out)
