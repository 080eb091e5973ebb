"""The network of the painted picture; of a large one, the first stages run in bands."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...engine.leases import Arena
from ...problem.pixels import NetworkInputMap
from ...problem.problem import Problem
from ...problem.stages import Stage, stages_of
from ..device.device import Array
from .backward import Enter, Receive, Step, steps_of, to_picture
from .banded_plan import BANDS_BACKWARD, BANDS_FORWARD, band_stages, painted_plan, without_block
from .bands import Cut, cut_of
from .forward import preprocess, run_stage, run_stages
from .layout import Layout, lay_out
from .network import Network
from .network_filters import NetworkFilters
from .plan import gradient_name, plan
from .scales import Scales


class BandedNetwork(Network):
    """A network whose first stages, up to a pool, run in bands; see `bands.py`.

    Parameters
    ----------
    layout : Layout
        All stages, with arrays from that pool's output on.
    forward_bands, backward_bands : sequence of Layout
        The first stages for each band, top to bottom.
    """

    def __init__(
        self, layout: Layout, forward_bands: Sequence[Layout], backward_bands: Sequence[Layout]
    ) -> None:
        super().__init__(layout)
        self._forward_bands, self._backward_bands = forward_bands, backward_bands
        block = len(forward_bands[0].stages)
        self._last, self._body = layout.stages[block - 1], layout.stages[block:]

    def with_scales(self, scales: Scales) -> "BandedNetwork":
        """See `Network`."""
        layout = self.layout.with_scales(scales)
        forward, backward = (
            [band.like(layout) for band in bands]
            for bands in (self._forward_bands, self._backward_bands)
        )
        return BandedNetwork(layout, forward, backward)

    def forward_stages(self, picture: Array) -> Iterator[tuple[Layout, Stage]]:
        """See `Network`."""
        name = self._last.output
        for band in self._forward_bands:
            yield from run_stages(band, picture)
            rows = band.band.halved()
            self.layout.arena[name][rows.rows] = band.arena[name][rows.kept]
        yield self.layout, self._last
        for stage in self._body:
            run_stage(self.layout, stage)
            yield self.layout, stage

    def way_back(self, picture: Array, out: Array) -> Iterator[Step]:
        """See `Network`."""
        yield from steps_of(self.layout, self._body)
        yield Receive(self.layout, self._last)
        name = gradient_name(self._last.output)
        for band in self._backward_bands:
            # The band was forgotten: what its way back reads is computed again.
            preprocess(band, picture)
            for stage in band.stages:
                run_stage(band, stage)
            rows = band.band.halved()
            band.arena[name][...] = self.layout.arena[name][rows.window]
            yield Enter(band, band.stages[-1])
            yield from steps_of(band, band.stages[:-1])
            to_picture(band, out)


def painted_network(
    problem: Problem, filters: NetworkFilters, input_map: NetworkInputMap, scales: Scales
) -> Network:
    """Make the network of the painted picture.

    Parameters
    ----------
    problem : Problem
    filters : NetworkFilters
        Of all its layers.
    input_map : NetworkInputMap
        How the picture becomes the network's input.
    scales : Scales
        Of all layers.
    """
    options, cut = problem.recipe.network, cut_of(problem, problem.shape)
    stages = stages_of(problem.layers, options, problem.shape, problem.taps)
    leases = painted_plan(problem, problem.shape, stored=filters.stored, real=filters.dtype)
    layout = lay_out(without_block(stages, cut), leases, filters, options, input_map, scales)
    if not cut.block:
        return Network(layout)
    return BandedNetwork(
        layout,
        _band_layouts(problem, cut, layout, backward=False),
        _band_layouts(problem, cut, layout, backward=True),
    )


def _band_layouts(problem: Problem, cut: Cut, layout: Layout, *, backward: bool) -> list[Layout]:
    """Lay out each band in the memory that is there for all of them."""
    filters, width = layout.filters, problem.shape[1]
    block = layout.arena[BANDS_BACKWARD if backward else BANDS_FORWARD]
    layouts = []
    for band in cut.bands:
        stages = band_stages(problem, cut, band, width)
        leases = plan(
            stages, layout.options, stored=filters.stored, real=filters.dtype, backward=backward
        )
        arena = Arena(leases, lambda _: block)
        layouts.append(replace(layout, stages=stages, arena=arena, band=band))
    return layouts
