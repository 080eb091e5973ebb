"""The base of the content and style terms at one layer."""

from collections.abc import Mapping
from typing import Protocol

from ..device.device import Array


class Term(Protocol):
    """A term at one layer.

    Attributes
    ----------
    layer : str
    name : str
        As in `Evaluation.terms`.
    is_normalized : bool
        Whether its gradient is divided by that gradient's size; then it needs scratch.
    """

    layer: str
    name: str
    is_normalized: bool

    def look(self, features: Array, first_row: int, scratch: Array | None) -> None:
        """Sum up what the loss is made of; the features are there, from that row on."""

    def add_gradient(
        self, features: Array, out: Array, scratch: Array | None, *, add: bool
    ) -> None:
        """Write the gradient with respect to the features, or add it."""

    def loss(self, sums: Mapping[str, float]) -> float:
        """Make the weighted loss of the sums."""
        ...
