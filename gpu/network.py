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
from .average_pool import launch_average_pool_backward, launch_average_pool_forward
from .conv_launch import launch_conv, launch_picture_conv, launch_picture_conv_backward
from .device import Array, arrays
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
    scales : Scales
        Of what is stored, for these layers; networks may share them.
    backward : bool
        Whether `backward` will be called.
    scratch : collection of str
        See `plan.plan`.

    Attributes
    ----------
    operands : Scales
        Of what convolutions cut into float16 pieces; the arrays themselves are not scaled by them.
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
        self.stages = stages_of(layers, options, shape, taps)
        self.filters, self.options, self.input_map = filters, options, input_map
        self.scales, self.operands = scales, Scales(layers)
        leases = plan(
            self.stages,
            options,
            stored=filters.stored,
            real=filters.dtype,
            backward=backward,
            scratch=scratch,
        )
        self.arena = Arena(leases)
        self._biases = {
            stage.conv: arrays().empty(stage.channels_out, filters.dtype) for stage in self.stages
        }
        self.send_biases()

    def send_biases(self) -> None:
        """Scale the biases as their features; needed once after features' scales have changed."""
        for stage in self.stages:
            scale = self.scales.features[stage.conv]
            bias = self.filters.biases[stage.conv] * scale
            self._biases[stage.conv].set(bias.astype(self.filters.dtype))

    def forward(self, picture: Array, look: Look) -> None:
        """Run the network on a picture (H, W, 3) in units of the recipe's variable."""
        for stage in self.forward_stages(picture):
            for layer in (layer for layer in stage.layers if layer in stage.taps):
                look(layer, self.arena[layer])

    def forward_stages(self, picture: Array) -> Iterator[Stage]:
        """Run one stage after the other, and stop behind each."""
        self.preprocess(picture)
        for stage in self.stages:
            self.run_stage(stage)
            yield stage

    def preprocess(self, picture: Array) -> None:
        """Make the network's input of a picture."""
        scale, offset, order = self.input_map.scale, self.input_map.offset, self.input_map.order
        launch_preprocess_forward(picture, scale, offset, order, out=self.arena[INPUT])

    def run_stage(self, stage: Stage) -> None:
        """Compute what a stage puts out from what the one before it has put out."""
        before = output_name(self.stages[stage.number - 1]) if stage.number else INPUT
        self._convolve(stage, before)
        self._pool(stage)

    def backward(self, add_gradient: AddGradient, out: Array) -> None:
        """Carry the gradients of all taps back to the picture, and write them to `out`."""
        for stage in reversed(self.stages):
            self.receive(stage, add_gradient)
            self.enter(stage, add_gradient)
        self._to_picture(out)

    def receive(self, stage: Stage, add_gradient: AddGradient) -> None:
        """Compute the gradient of what a stage puts out, from the next stage's and from its tap."""
        name = output_name(stage)
        has_tap = self._tap(stage, name, add_gradient, add=False)
        grad = self.arena[gradient_name(name)]
        bits = self._positive(stage) if name == stage.relu else None
        if stage is self.stages[-1]:
            if bits is not None:
                launch_keep_positive(bits, out=grad)
            return
        after, scales = self.stages[stage.number + 1], self.scales.gradients
        launch_conv(
            self.arena[convolution_gradient(after)],
            self.filters.backward[after.conv],
            grad,
            add=grad if has_tap else None,
            mask=bits,
            scale=scales[stage.conv] / scales[after.conv],
            input_scale=self.operands.gradients[after.conv],
        )

    def _convolve(self, stage: Stage, before: str) -> None:
        """Convolve, and apply the ReLU at once unless a term looks at what comes before it."""
        name = convolution_output(stage)
        x, out, is_relu = self.arena[before], self.arena[name], name == stage.relu
        filters, bias = self.filters.forward[stage.conv], self._biases[stage.conv]
        scale = self.scales.features[stage.conv] / self.scales.features.get(before, 1.0)
        bits = self._positive(stage)
        if stage.number == 0:
            launch_picture_conv(
                x, filters, out, bias=bias, relu=is_relu, positive=bits, scale=scale
            )
        else:
            launch_conv(
                x,
                filters,
                out,
                bias=bias,
                relu=is_relu,
                positive=bits,
                scale=scale,
                input_scale=self.operands.features[before],
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

    def enter(self, stage: Stage, add_gradient: AddGradient) -> None:
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

    def _to_picture(self, out: Array) -> None:
        first = self.stages[0]
        grad_input = self.arena[gradient_name(INPUT)]
        grad = self.arena[convolution_gradient(first)]
        launch_picture_conv_backward(
            grad,
            self.filters.backward[first.conv],
            grad_input,
            scale=1 / self.scales.gradients[first.conv],
        )
        scale, order = self.input_map.scale, self.input_map.order
        launch_preprocess_backward(grad_input, scale, order, out=out)

    def _positive(self, stage: Stage) -> Array | None:
        return self.arena.get(positive_name(stage))
