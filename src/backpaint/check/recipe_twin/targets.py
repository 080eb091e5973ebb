"""The targets of the painted picture, as a library's tensors."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..libraries.twins import Tensor


@dataclass(frozen=True)
class Targets:
    """The targets of the painted picture.

    Attributes
    ----------
    content : mapping of str to tensor
        The content's features, by layer.
    grams : tuple of mapping of str to tensor
        The Gram matrices of each style, by layer; or its features, for statistics that compare
        normal distributions.
    positions : tuple of mapping of str to float
        How many positions the features had that they were averaged over.
    counting : tuple of mapping of str to tensor
        How much each of them counted, (h, w), where there are masks.
    """

    content: Mapping[str, Tensor]
    grams: tuple[Mapping[str, Tensor], ...]
    positions: tuple[Mapping[str, float], ...]
    counting: tuple[Mapping[str, Tensor], ...]
