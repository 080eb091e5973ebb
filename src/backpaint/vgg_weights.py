"""A VGG's numbers in memory, in one order whatever file they came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .vgg import Layer, layer_table

Float32 = NDArray[np.float32]

PALETTE = "8 bits (a table of 256 values a layer)"
"""The `VGGWeights.precision` of filters that are stored as one byte each."""


@dataclass(frozen=True)
class Normalization:
    """The input that a network was trained on: ``(rgb * scale - mean) / std`` in `order`.

    Attributes
    ----------
    family : {"oxford", "torchvision"}
        Whose training the numbers come from.
    order : {"bgr", "rgb"}
        Channel order that the first convolution's filters expect.
    scale : float
        Applied to pixels 0..255 first: 1 (Oxford) or 1/255 (torchvision).
    mean, std : (3,) tuple of float
        Per channel, **always listed in R, G, B order**, in scaled units.
    """

    family: Literal["oxford", "torchvision"]
    order: Literal["bgr", "rgb"]
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


OXFORD = Normalization("oxford", "bgr", 1.0, (123.68, 116.779, 103.939), (1.0, 1.0, 1.0))
TORCHVISION = Normalization(
    "torchvision", "rgb", 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
)


@dataclass(frozen=True)
class VGGWeights:
    """Filters and biases of a VGG-16 or VGG-19, or of its first layers.

    Attributes
    ----------
    filters : mapping of str to ndarray of float32
        ``"conv1_1"``: (3, 3, in, out), for cross-correlation.  ``"fc6"``: (25088, 4096), its rows
        in (height, width, channel) order of ``pool5``; ``"fc7"``, ``"fc8"``: (in, out).
    biases : mapping of str to ndarray of float32
        (out,) under the same names.
    depth : {16, 19}
        Which VGG; for a file with fewer layers, the one whose beginning it is.
    normalization : Normalization
        What the network expects to see.
    origin : str
        What was read, in words, without a path: ``"embedded VGG-19, 8 bits a weight"``.
    format : str
        ``"embedded"``, or a key of `recognize.TITLES`: ``"matconvnet-v5"``, ``"torch"``, ``"npz"``.
    sha256 : str
        Of the file that was read, 64 hexadecimal digits; for the embedded networks, of their
        numbers (`embedded.content_sha256`), which stays the same however HDF5 packs them.
    classes : tuple of str
        The names of the 1000 classes where the file carries them, else empty.
    precision : str
        How the filters were stored, before they became float32: ``"float64"``, ``"float32"``,
        ``"float16"``, ``"bfloat16"``, or `PALETTE`.
    left_out : tuple of str
        What the file holds beside this network, in words; empty where everything was taken.
    trusted : bool
        Whether nobody looked if the numbers contradict the format: `load_weights` with ``trust``.

    See Also
    --------
    backpaint.weights.load_weights : Makes one from a file.
    """

    filters: Mapping[str, Float32]
    biases: Mapping[str, Float32]
    depth: int
    normalization: Normalization
    origin: str
    format: str
    sha256: str
    classes: tuple[str, ...] = ()
    precision: str = "float32"
    left_out: tuple[str, ...] = ()
    trusted: bool = False

    @property
    def parameters(self) -> int:
        """The number of all filters' and biases' elements."""
        return sum(
            array.size for arrays in (self.filters, self.biases) for array in arrays.values()
        )

    @property
    def has_head(self) -> bool:
        """Whether the three fully connected layers are there."""
        return "fc8" in self.filters

    def class_name(self, index: int) -> str:
        """Name one of the 1000 classes; ``"class 7"`` where the file has no name for it."""
        return self.classes[index] if index < len(self.classes) else f"class {index}"

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that these weights can run, in order, without gaps."""
        table = layer_table(self.depth, head=self.has_head)
        missing = [
            row.name
            for row in table
            if row.kind in ("conv", "linear") and row.name not in self.filters
        ]
        if not missing:
            return table
        names = [row.name for row in table]
        return table[: names.index(missing[0])]
