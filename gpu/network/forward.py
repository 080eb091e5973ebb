"""Forward launches, one stage at a time; nothing here allocates or waits."""

from collections.abc import Iterator

from ...problem.stages import Stage
from ..convolution.picture import launch_picture_conv
from ..device.device import Array
from ..operations.average_pool import launch_average_pool_forward
from ..operations.overlapping_average_pool import launch_overlapping_average_pool_forward
from ..operations.preprocess import launch_preprocess_forward
from ..operations.relu import launch_relu_forward
from ..pointwise.masks import launch_max_pool_with_winners
from .layout import Layout
from .plan import INPUT, convolution_output, winners_name


def run_stages(layout: Layout, picture: Array) -> Iterator[tuple[Layout, Stage]]:
    """Run one stage after the other on a picture (H, W, 3), and stop after each."""
    preprocess(layout, picture)
    for stage in layout.stages:
        run_stage(layout, stage)
        yield layout, stage


def preprocess(layout: Layout, picture: Array) -> None:
    """Make the network's input of a picture, or of a band of it."""
    scale, offset = layout.input_map.scale, layout.input_map.offset
    x = picture[layout.band.window]
    launch_preprocess_forward(x, scale, offset, layout.input_map.order, out=layout.arena[INPUT])


def run_stage(layout: Layout, stage: Stage) -> None:
    """Compute a stage's output from that of the stage before it."""
    _convolve(layout, stage)
    _pool(layout, stage)


def _convolve(layout: Layout, stage: Stage) -> None:
    """Convolve, and apply the ReLU at once unless a term looks at what comes before it."""
    arena, before, name = layout.arena, layout.input_name(stage), convolution_output(stage)
    x, out, is_relu = arena[before], arena[name], name == stage.relu
    filters, bias = layout.filters.forward[stage.conv], layout.biases[stage.conv]
    scale = layout.scales.features[stage.conv] / layout.scales.features.get(before, 1.0)
    bits = layout.positive(stage)
    if stage.number == 0:
        launch_picture_conv(
            x,
            filters,
            out,
            bias=bias,
            relu=is_relu,
            positive=bits,
            scale=scale,
            padding=layout.options.first_padding,
            choose=layout.filters.choose,
        )
    else:
        layout.filters.convolve(
            x,
            filters,
            out,
            bias=bias,
            relu=is_relu,
            positive=bits,
            scale=scale,
            input_scale=layout.operands.features[before],
        )
    if stage.relu is not None and not is_relu:
        launch_relu_forward(out, out=arena[stage.relu])


def _pool(layout: Layout, stage: Stage) -> None:
    if stage.pool is None:
        return
    arena, options, choose = layout.arena, layout.options, layout.filters.choose
    before = stage.conv if stage.relu is None else stage.relu
    x, y = arena[before], arena[stage.pool]
    if options.pool == "max":
        launch_max_pool_with_winners(x, winners=arena[winners_name(stage)], out=y, choose=choose)
    elif options.pool == "average":
        launch_average_pool_forward(x, out=y, choose=choose)
    else:
        launch_overlapping_average_pool_forward(x, options.count_padding, out=y)
