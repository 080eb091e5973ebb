"""The masks of a problem, brought to every layer by a library's pools."""

from collections.abc import Mapping

import numpy as np

from ...problem.problem import Problem
from ..libraries.twins import Library, Tensor
from ..operations.operation import Array, Values


class MasksTwin:
    """The weight of each position, for the content and for each style.

    Parameters
    ----------
    library : Library
    problem : Problem
    """

    def __init__(self, library: Library, problem: Problem) -> None:
        self.library, self.problem, self.recipe = library, problem, problem.recipe
        self._layers = problem.layers

    def constants(self) -> Values:
        """List the masks, each as a picture of one channel."""
        regions = self.problem.regions
        if regions is None:
            return {}
        if self.recipe.masks.propagate != "average":
            return self._known_weights()
        masks = {f"painted {i}": mask for i, mask in enumerate(regions.painted)}
        masks |= {f"shown {i}": mask for i, mask in enumerate(regions.shown)}
        masks |= {"keep": regions.keep, "only": regions.only}
        return {name: mask[..., None] for name, mask in masks.items() if mask is not None}

    def _known_weights(self) -> Values:
        """List what the problem says of each layer, for masks that no library's pools bring."""
        problem = self.problem
        found: dict[str, Mapping[str, Array] | None] = {"keep": problem.content_weights}
        for i, region in enumerate(problem.style_regions):
            found |= {f"painted {i}": region.painted, f"shown {i}": region.shown}
        values: Values = {
            f"{name} {layer}": weights
            for name, by_layer in found.items()
            for layer, weights in (by_layer or {}).items()
        }
        only = None if problem.regions is None else problem.regions.only
        return values if only is None else values | {"only": only[..., None]}

    def weights(
        self, tensors: Mapping[str, Tensor], name: str, power: int = 1
    ) -> dict[str, Tensor]:
        """Bring a mask to all layers, by the library's pools where it is averaged."""
        known = {layer.name: f"{name} {layer.name}" for layer in self._layers}
        found = {layer: tensors[key] for layer, key in known.items() if key in tensors}
        if name not in tensors:
            return found
        mask = tensors[name]
        for layer in self._layers:
            if layer.kind == "pool":
                options = self.recipe.network
                mask = (
                    self.library.overlapping_average_pool_forward(mask, False)
                    if options.pool == "overlapping-average"
                    else self.library.average_pool_forward(mask, options.edge)
                )
            found[layer.name] = mask[:, :, 0] ** power
        return found

    def pull(self) -> float:
        """Return 1 over the mean of shares where styles count, see `MaskOptions.strength`."""
        regions, masks = self.problem.regions, self.recipe.masks
        if regions is None or not regions.painted or masks.strength == "equal":
            return 1.0
        everywhere = np.ones(self.problem.shape)
        shares = self.problem.style_shares
        counts = [everywhere if m is None else m**masks.power for m in regions.painted]
        pull = sum(share * count for share, count in zip(shares, counts, strict=True))
        return float(np.minimum(sum(counts), 1).sum() / np.sum(pull))
