"""Launches of the way back, in two steps a stage; nothing here allocates or waits.

`Receive` computes the gradient at a stage's output, with the convolution of the next stage;
`Enter` goes on to the output of the stage's own convolution, through pool and ReLU.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...problem.stages import Stage
from ..convolution.picture import launch_picture_conv_backward
from ..device.device import Array
from ..operations.average_pool import launch_average_pool_backward
from ..operations.overlapping_average_pool import launch_overlapping_average_pool_backward
from ..operations.preprocess import launch_preprocess_backward
from ..pointwise.masks import launch_keep_positive, launch_unpool_to_winners
from .layout import Layout
from .plan import (
    INPUT,
    convolution_gradient,
    gradient_name,
    has_inner_gradient,
    winners_name,
)

AddGradient = Callable[[str, Array, Array, bool], None]
"""Called with a tap's name, its features, and where its gradient is written, or added (True)."""


@dataclass(frozen=True)
class Step(ABC):
    """One step of the way back.

    Attributes
    ----------
    layout : Layout
    stage : Stage
        One of the layout's.
    """

    layout: Layout
    stage: Stage

    @property
    @abstractmethod
    def gradient(self) -> Array:
        """The array that the step writes."""

    @abstractmethod
    def launch(self, add_gradient: AddGradient) -> None:
        """Compute it."""

    def add_tap(self, layer: str, add_gradient: AddGradient, *, add: bool) -> bool:
        """Let the terms write, or add, their gradient at a layer; tell whether there are any."""
        if layer not in self.stage.taps:
            return False
        add_gradient(layer, self.layout.arena[layer], self.gradient, add)
        return True


class Receive(Step):
    """Compute the gradient at a stage's output, from the next stage's and from its tap."""

    @property
    def gradient(self) -> Array:
        """See `Step`."""
        return self.layout.arena[gradient_name(self.stage.output)]

    def launch(self, add_gradient: AddGradient) -> None:
        """See `Step`."""
        layout, stage = self.layout, self.stage
        name = stage.output
        has_tap = self.add_tap(name, add_gradient, add=False)
        grad = self.gradient
        bits = layout.positive(stage) if name == stage.relu else None
        if stage is layout.stages[-1]:
            if bits is not None:
                launch_keep_positive(bits, out=grad)
            return
        after, scales = layout.stages[stage.number + 1], layout.scales.gradients
        layout.filters.convolve(
            layout.arena[convolution_gradient(after)],
            layout.filters.backward[after.conv],
            grad,
            add=grad if has_tap else None,
            mask=bits,
            scale=scales[stage.conv] / scales[after.conv],
            input_scale=layout.operands.gradients[after.conv],
        )


class Enter(Step):
    """The step from the gradient at a stage's output to that at its convolution's output."""

    @property
    def gradient(self) -> Array:
        """See `Step`."""
        return self.layout.arena[convolution_gradient(self.stage)]

    def launch(self, add_gradient: AddGradient) -> None:
        """See `Step`."""
        if has_inner_gradient(self.stage):
            self._unpool(add_gradient)
        if self.stage.output != self.stage.conv:
            self.add_tap(self.stage.conv, add_gradient, add=True)

    def _unpool(self, add_gradient: AddGradient) -> None:
        """Carry a gradient through the pool and the ReLU before it."""
        layout, stage = self.layout, self.stage
        assert stage.pool is not None
        grad_y = layout.arena[gradient_name(stage.pool)]
        positive, options, out = layout.positive(stage), layout.options, self.gradient
        is_tapped, choose = stage.relu in stage.taps, layout.filters.choose
        bits = None if is_tapped else positive
        if options.pool == "max":
            winners = layout.arena[winners_name(stage)]
            launch_unpool_to_winners(grad_y, winners, positive=bits, out=out, choose=choose)
        elif options.pool == "average":
            launch_average_pool_backward(grad_y, out=out, positive=bits, choose=choose)
        else:
            launch_overlapping_average_pool_backward(grad_y, options.count_padding, out=out)
            bits = None
        if stage.relu is not None and positive is not None and bits is None:
            self.add_tap(stage.relu, add_gradient, add=True)
            launch_keep_positive(positive, out=out)


def steps_of(layout: Layout, stages: tuple[Stage, ...]) -> Iterator[Step]:
    """List the steps through some of a layout's stages, the last stage first."""
    for stage in reversed(stages):
        yield Receive(layout, stage)
        yield Enter(layout, stage)


def to_picture(layout: Layout, out: Array) -> None:
    """Carry the gradient from the first convolution to the picture (H, W, 3), or to a band."""
    first, grad_input = layout.stages[0], layout.arena[gradient_name(INPUT)]
    launch_picture_conv_backward(
        layout.arena[convolution_gradient(first)],
        layout.filters.backward[first.conv],
        grad_input,
        scale=1 / layout.scales.gradients[first.conv],
        padding=layout.options.first_padding,
        choose=layout.filters.choose,
    )
    band, input_map = layout.band, layout.input_map
    launch_preprocess_backward(
        grad_input[band.kept], input_map.scale, input_map.order, out=out[band.rows]
    )
