"""The stages of a network and the device buffers that they read and write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...engine.bands import Band, whole
from ...engine.leases import Arena, Lease
from ...problem.pixels import NetworkInputMap
from ...problem.recipe import NetworkOptions
from ...problem.stages import Stage
from ..device.device import Array, xp
from .network_filters import NetworkFilters
from .plan import INPUT, positive_name
from .scales import Scales


@dataclass(frozen=True)
class Layout:
    """A network's stages at one size.

    Attributes
    ----------
    stages : tuple of Stage
    arena : Arena
        Features, gradients, masks and winners, by the names of `plan.py`.
    band : Band
        The rows of the picture that it computes.
    filters : NetworkFilters
    biases : mapping of str to (K,) device array
        By the convolution's name, in its features' scale.
    options : NetworkOptions
        Kind of pooling.
    input_map : NetworkInputMap
        How the picture becomes the network's input.
    scales : Scales
        Of what is stored.
    operands : Scales
        Of what convolutions cut into float16 pieces; the arrays themselves are not scaled by them.
    """

    stages: tuple[Stage, ...]
    arena: Arena
    band: Band
    filters: NetworkFilters
    biases: Mapping[str, Array]
    options: NetworkOptions
    input_map: NetworkInputMap
    scales: Scales
    operands: Scales

    def input_name(self, stage: Stage) -> str:
        """Name what a stage's convolution reads."""
        return self.stages[stage.number - 1].output if stage.number else INPUT

    def positive(self, stage: Stage) -> Array | None:
        """Return the bits that tell where a stage's ReLU was positive, if they are kept."""
        return self.arena.get(positive_name(stage))

    def features(self, layer: str) -> Array:
        """Return those rows of a layer's features that count: without a band's halo."""
        return self.arena[layer][self.band.kept]

    def with_scales(self, scales: Scales) -> "Layout":
        """Return a layout in the same memory, but for biases, with scales of its own."""
        biases, operands = _scaled(self.stages, self.filters)
        other = replace(self, biases=biases, scales=scales, operands=operands)
        other.send_biases()
        return other

    def like(self, other: "Layout") -> "Layout":
        """Return this layout with the biases and scales of another one."""
        return replace(self, biases=other.biases, scales=other.scales, operands=other.operands)

    def send_biases(self) -> None:
        """Scale the biases as their features; needed once after features' scales have changed."""
        for conv, bias in self.biases.items():
            scaled = self.filters.biases[conv] * self.scales.features[conv]
            bias.set(scaled.astype(self.filters.dtype))


def lay_out(
    stages: tuple[Stage, ...],
    leases: Sequence[Lease],
    filters: NetworkFilters,
    options: NetworkOptions,
    input_map: NetworkInputMap,
    scales: Scales,
) -> Layout:
    """Allocate what a network on a picture of one size needs.

    Parameters
    ----------
    stages : tuple of Stage
    leases : sequence of Lease
        The plan of their arrays.
    filters, options, input_map
        See `Layout`.
    scales : Scales
        For these layers at least; networks may share them.
    """
    biases, operands = _scaled(stages, filters)
    layout = Layout(
        stages=stages,
        arena=Arena(leases, lambda nbytes: xp().empty(nbytes, np.uint8)),
        band=whole(stages[0].size[0]),
        filters=filters,
        biases=biases,
        options=options,
        input_map=input_map,
        scales=scales,
        operands=operands,
    )
    layout.send_biases()
    return layout


def _scaled(stages: Sequence[Stage], filters: NetworkFilters) -> tuple[dict[str, Array], Scales]:
    """Make what depends on scales: memory for biases, and the operands' scales, all of them 1."""
    biases = {stage.conv: xp().empty(stage.channels_out, filters.dtype) for stage in stages}
    return biases, Scales(layer for stage in stages for layer in stage.layers)
