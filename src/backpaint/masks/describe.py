"""A description of a map before anything is painted: regions, their parts, where they vanish."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..images import content_size
from ..regions import at_layers
from ..vgg import Layer
from .color_map import ColorMap, written
from .picture import NamedMask

if TYPE_CHECKING:
    from ..problem.recipe import Recipe


def describe_regions(
    regions: Sequence[tuple[str, NamedMask]],
    recipe: "Recipe",
    layers: Sequence[Layer],
) -> Iterator[str]:
    """List regions, a line each: name, part of the picture, where it is empty.

    Parameters
    ----------
    regions : sequence of (str, NamedMask)
        All of one size, which is taken for the photograph's.
    recipe : Recipe
        Whose size and style layers they are looked at with.
    layers : sequence of Layer
        Of its network.

    Yields
    ------
    str
    """
    wanted = [] if recipe.style is None else [*recipe.style.layers]
    last = max((i for i, layer in enumerate(layers) if layer.name in wanted), default=-1)
    for name, mask in regions:
        height, width = mask.stored.shape
        resized = mask.resized(content_size(recipe.images, (height, width)), (height, width))
        brought = at_layers(resized, layers[: last + 1], recipe.network, recipe.masks.propagate)
        empty = [layer for layer in wanted if not brought[layer].any()]
        where = f"empty at {', '.join(empty)}" if empty else "at all layers"
        yield f"{name:<16}{100 * resized.mean():6.2f} % of the picture   {where}"


def regions_of_map(found: ColorMap) -> list[tuple[str, NamedMask]]:
    """List the regions of a map by their colors."""
    return [(written(color), found.region(i)) for i, color in enumerate(found.colors)]
