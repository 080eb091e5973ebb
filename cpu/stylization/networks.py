"""Both networks, as the engine `cpu` computes them."""

import numpy as np

from ...fast.networks import WEIGHTS, Networks, Size
from ...fast.weights import load_weights
from ...reference.arrays import Floats
from ..threads.team import Team
from ..threads.workspace import FLOAT_BYTES
from .predictor import Predictor
from .transformer import Transformer

NUMBERS_A_PIXEL = 30
"""At the widest, in `expand2` and `expand3`: 8 channels of a map, 8 within a border, 3 of the
result and 3 of the picture, and what is behind."""


class CPUNetworks(Networks):
    """The networks in float32, shared out among threads.

    Parameters
    ----------
    threads : int, optional
        How many; absent: one for each processor.  The result does not depend on it.
    """

    def __init__(self, threads: int | None = None) -> None:
        weights = load_weights(np.float32)
        self.sha256 = weights.sha256
        team = Team(threads)
        self._predictor, self._transformer = Predictor(weights, team), Transformer(weights, team)

    def read_style(self, style: Floats) -> Floats:
        """Read a style; see `Networks`."""
        return self._predictor.run(style)

    def paint(self, content: Floats, numbers: Floats) -> Floats:
        """Paint a content; see `Networks`."""
        return self._transformer.run(content, numbers)

    def bytes_at(self, shape: Size) -> int:
        """Estimate the memory; see `Networks`."""
        return FLOAT_BYTES * (2 * WEIGHTS + NUMBERS_A_PIXEL * shape[0] * shape[1])
