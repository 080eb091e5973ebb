"""VGGs with few channels: everything that a real one has, in a thousandth of the time."""

from dataclasses import replace
from functools import cached_property

import numpy as np

from backpaint.vgg import Layer, layer_table
from backpaint.vgg_weights import OXFORD, Normalization, VGGWeights

CHANNELS = {3: 3, 64: 4, 128: 5, 256: 6, 512: 7, 7 * 7 * 512: 7 * 7 * 7, 4096: 9, 1000: 8}


class ThinWeights(VGGWeights):
    """Weights of `thin_table`, so that recipes find all layers that they name."""

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        return thin_table(self.depth, head=self.has_head)


def thin_table(depth: int, *, head: bool = False) -> tuple[Layer, ...]:
    """Take the table of a VGG with fewer channels."""
    return tuple(
        replace(row, channels_in=CHANNELS[row.channels_in], channels_out=CHANNELS[row.channels_out])
        for row in layer_table(depth, head=head)
    )


def thin_weights(
    depth: int = 19, *, head: bool = False, normalization: Normalization = OXFORD
) -> ThinWeights:
    """Draw filters and biases that keep the size of what passes through."""
    rng = np.random.default_rng(depth)
    filters, biases = {}, {}
    for row in thin_table(depth, head=head):
        if row.kind in ("conv", "linear"):
            window = (3, 3) if row.kind == "conv" else ()
            shape = (*window, row.channels_in, row.channels_out)
            deviation = np.sqrt(2 / np.prod(shape[:-1]))
            filters[row.name] = rng.normal(0, deviation, shape).astype(np.float32)
            biases[row.name] = rng.normal(0, 0.5, row.channels_out).astype(np.float32)
    return ThinWeights(filters, biases, depth, normalization, "a thin VGG", "drawn", "0" * 64)
