"""VGGs with few channels: everything that a real one has, in a thousandth of the time."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from backpaint.vgg import Layer, layer_table
from backpaint.vgg_weights import OXFORD, Normalization, VGGWeights

CHANNELS = {3: 3, 64: 4, 128: 5, 256: 6, 512: 7, 7 * 7 * 512: 7 * 7 * 7, 4096: 9, 1000: 8}


IN_EIGHTS = CHANNELS | {64: 8, 128: 16, 256: 24, 512: 32, 7 * 7 * 512: 7 * 7 * 32}
"""What every engine of the host can compute: bits of a mask lie eight in a byte."""


class ThinWeights(VGGWeights):
    """Weights of `thin_table`, so that recipes find all layers that they name."""

    channels: ClassVar[Mapping[int, int]] = CHANNELS

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        return thin_table(self.depth, head=self.has_head, channels=self.channels)


class WeightsInEights(ThinWeights):
    """Weights with channels by the eight, for any engine of the host."""

    channels = IN_EIGHTS


def thin_table(
    depth: int, *, head: bool = False, channels: Mapping[int, int] = CHANNELS
) -> tuple[Layer, ...]:
    """Take the table of a VGG with fewer channels."""
    return tuple(
        replace(row, channels_in=channels[row.channels_in], channels_out=channels[row.channels_out])
        for row in layer_table(depth, head=head)
    )


def thin_weights(
    depth: int = 19,
    *,
    head: bool = False,
    normalization: Normalization = OXFORD,
    kind: type[ThinWeights] = ThinWeights,
) -> ThinWeights:
    """Draw filters and biases that keep the size of what passes through."""
    rng = np.random.default_rng(depth)
    filters, biases = {}, {}
    for row in thin_table(depth, head=head, channels=kind.channels):
        if row.kind in ("conv", "linear"):
            window = (3, 3) if row.kind == "conv" else ()
            shape = (*window, row.channels_in, row.channels_out)
            deviation = np.sqrt(2 / np.prod(shape[:-1]))
            filters[row.name] = rng.normal(0, deviation, shape).astype(np.float32)
            biases[row.name] = rng.normal(0, 0.5, row.channels_out).astype(np.float32)
    return kind(filters, biases, depth, normalization, "a thin VGG", "drawn", "0" * 64)
