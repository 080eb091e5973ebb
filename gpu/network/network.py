"""A VGG forward and backward at one picture size: launches over an arena that was planned before.

Nothing here allocates or waits once the network is built, so that all of it can be captured in one
CUDA graph.
"""

from collections.abc import Callable, Iterator

from ...problem.stages import Stage
from ..device.device import Array
from .backward import AddGradient, Step, steps_of, to_picture
from .forward import run_stages
from .layout import Layout
from .scales import Scales

Look = Callable[[str, Array, int], None]
"""Called with a tap's name, its features once they are there, and the first of their rows: where
a network runs in bands, features come band by band."""


class Network:
    """A VGG's layers, ready to run on pictures of one size.

    Parameters
    ----------
    layout : Layout
        Its stages, and the arrays that they compute in.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def with_scales(self, scales: Scales) -> "Network":
        """Return a network in the same memory with scales of its own; the two take turns."""
        return Network(self.layout.with_scales(scales))

    def forward(self, picture: Array, look: Look) -> None:
        """Run the network on a picture (H, W, 3) in units of the recipe's variable."""
        for layout, stage in self.forward_stages(picture):
            for layer in (layer for layer in stage.layers if layer in stage.taps):
                look(layer, layout.features(layer), layout.band.first)

    def forward_stages(self, picture: Array) -> Iterator[tuple[Layout, Stage]]:
        """Run one stage after the other, and stop after each, with the arrays where it ran."""
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
