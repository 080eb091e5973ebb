"""Powers of two that feature maps and gradients are multiplied by, so that float16 holds them.

With float32 and float64 all of them are 1.
"""

from collections.abc import Sequence

from ..cpu.stages import Stage


class Scales:
    """One scale for the features of each stage, and one for their gradients.

    Parameters
    ----------
    stages : sequence of Stage

    Attributes
    ----------
    features, gradients : dict of str to float
        By the layer's name; all layers of a stage have the same.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.features = {layer: 1.0 for stage in stages for layer in stage.layers}
        self.gradients = dict(self.features)
