"""A VGG forward and backward at one picture size: launches over an arena that was planned before.

Nothing here allocates or waits once the network is built, so that all of it can be captured in one
CUDA graph.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

from ..cpu.stages import Size, Stage, stages_of
from ..pixels import NetworkInputMap
from ..recipe import NetworkOptions
from ..vgg import Layer
from .arena import Arena
from .average_pool import launch_average_pool_backward, launch_average_pool_forward
from .conv_launch import launch_conv, launch_picture_conv, launch_picture_conv_backward
from .device import Array
from .filters import NetworkFilters
from .masks import (
    launch_keep_positive,
    launch_max_pool_with_winners,
    launch_unpool_to_winners,
)
from .overlapping_average_pool import (
    launch_overlapping_average_pool_backward,
    launch_overlapping_average_pool_forward,
)
from .plan import (
    INPUT,
    convolution_gradient,
    convolution_output,
    gradient_name,
    has_inner_gradient,
    output_name,
    plan,
    positive_name,
    winners_name,
)
from .preprocess import launch_preprocess_backward, launch_preprocess_forward
from .relu import launch_relu_forward
from .scales import Scales

Look = Callable[[str, Array], None]
"""Called with a tap's name and its features, once they are there."""
AddGradient = Callable[[str, Array, Array, bool], None]
"""Called with a tap's name, its features, and where its gradient is written, or added (True)."""


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
    backward : bool
        Whether `backward` will be called.
    scratch : collection of str
        See `plan.plan`.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        filters: NetworkFilters,
        options: NetworkOptions,
        input_map: NetworkInputMap,
        shape: Size,
        taps: Collection[str],
        *,
        backward: bool = True,
        scratch: Collection[str] = (),
    ) -> None:
        self.stages = stages_of(layers, options, shape, taps)
        self.filters, self.options, self.input_map = filters, options, input_map
        self.scales = Scales(self.stages)
        leases = plan(
            self.stages,
            options,
            stored=filters.stored,
            real=filters.dtype,
            backward=backward,
            scratch=scratch,
        )
        self.arena = Arena(leases)

    def forward(self, picture: Array, look: Look) -> None:
        """Run the network on a picture (H, W, 3) in units of the recipe's variable."""
        for stage in self.forward_stages(picture):
            for layer in (layer for layer in stage.layers if layer in stage.taps):
                look(layer, self.arena[layer])

    def forward_stages(self, picture: Array) -> Iterator[Stage]:
        """Run one stage after the other, and stop behind each."""
        scale, offset, order = self.input_map.scale, self.input_map.offset, self.input_map.order
        launch_preprocess_forward(picture, scale, offset, order, out=self.arena[INPUT])
        before = INPUT
        for stage in self.stages:
            self._convolve(stage, self.arena[before])
            self._pool(stage)
            yield stage
            before = output_name(stage)

    def backward(self, add_gradient: AddGradient, out: Array) -> None:
        """Carry the gradients of all taps back to the picture, and write them to `out`."""
        deepest = self.stages[-1]
        self._tap(deepest, output_name(deepest), add_gradient, add=False)
        self._mask_output(deepest)
        for before, stage in reversed(list(pairwise(self.stages))):
            self._enter(stage, add_gradient)
            name = output_name(before)
            has_tap = self._tap(before, name, add_gradient, add=False)
            grad = self.arena[gradient_name(name)]
            launch_conv(
                self.arena[convolution_gradient(stage)],
                self.filters.backward[stage.conv],
                grad,
                add=grad if has_tap else None,
                mask=self._positive(before) if name == before.relu else None,
            )
        self._enter(self.stages[0], add_gradient)
        self._to_picture(out)

    def _convolve(self, stage: Stage, x: Array) -> None:
        """Convolve, and apply the ReLU at once unless a term looks at what comes before it."""
        name = convolution_output(stage)
        out, is_relu = self.arena[name], name == stage.relu
        launch_stage = launch_picture_conv if stage.number == 0 else launch_conv
        launch_stage(
            x,
            self.filters.forward[stage.conv],
            out,
            bias=self.filters.biases[stage.conv],
            relu=is_relu,
            positive=self._positive(stage),
        )
        if stage.relu is not None and not is_relu:
            launch_relu_forward(out, out=self.arena[stage.relu])

    def _pool(self, stage: Stage) -> None:
        if stage.pool is None:
            return
        before = stage.conv if stage.relu is None else stage.relu
        x, y = self.arena[before], self.arena[stage.pool]
        if self.options.pool == "max":
            launch_max_pool_with_winners(x, winners=self.arena[winners_name(stage)], out=y)
        elif self.options.pool == "average":
            launch_average_pool_forward(x, out=y)
        else:
            launch_overlapping_average_pool_forward(x, self.options.count_padding, out=y)

    def _enter(self, stage: Stage, add_gradient: AddGradient) -> None:
        """From the gradient of what a stage puts out to that of what its convolution does."""
        if has_inner_gradient(stage):
            self._unpool(stage, add_gradient)
        if output_name(stage) != stage.conv:
            self._tap(stage, stage.conv, add_gradient, add=True)

    def _unpool(self, stage: Stage, add_gradient: AddGradient) -> None:
        """Carry a gradient through the pool and the ReLU before it."""
        assert stage.pool is not None
        grad_y = self.arena[gradient_name(stage.pool)]
        out, positive = self.arena[convolution_gradient(stage)], self._positive(stage)
        is_tapped = stage.relu in stage.taps
        if self.options.pool == "max":
            winners = self.arena[winners_name(stage)]
            bits = None if is_tapped else positive
            launch_unpool_to_winners(grad_y, winners, positive=bits, out=out)
            if not is_tapped:
                return
        elif self.options.pool == "average":
            launch_average_pool_backward(grad_y, out=out)
        else:
            launch_overlapping_average_pool_backward(grad_y, self.options.count_padding, out=out)
        if stage.relu is not None and positive is not None:
            self._tap(stage, stage.relu, add_gradient, add=True)
            launch_keep_positive(positive, out=out)

    def _tap(self, stage: Stage, layer: str, add_gradient: AddGradient, *, add: bool) -> bool:
        """Let the terms write, or add, their gradient at a layer; tell whether there are any."""
        if layer not in stage.taps:
            return False
        is_output = layer == output_name(stage)
        grad = gradient_name(layer) if is_output else convolution_gradient(stage)
        add_gradient(layer, self.arena[layer], self.arena[grad], add)
        return True

    def _mask_output(self, stage: Stage) -> None:
        """Carry the deepest stage's gradient through its ReLU, where that comes last."""
        if output_name(stage) == stage.relu:
            out = self.arena[gradient_name(output_name(stage))]
            launch_keep_positive(self.arena[positive_name(stage)], out=out)

    def _to_picture(self, out: Array) -> None:
        first = self.stages[0]
        grad_input = self.arena[gradient_name(INPUT)]
        grad = self.arena[convolution_gradient(first)]
        launch_picture_conv_backward(grad, self.filters.backward[first.conv], grad_input)
        scale, order = self.input_map.scale, self.input_map.order
        launch_preprocess_backward(grad_input, scale, order, out=out)

    def _positive(self, stage: Stage) -> Array | None:
        return self.arena.get(positive_name(stage))
