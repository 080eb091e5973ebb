"""A recipe with its pictures and its network: what an engine is built from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..errors import UsageError, did_you_mean
from ..regions import Mask, Regions, at_layers
from ..vgg import Layer
from ..vgg_weights import VGGWeights
from ..words import counted
from .feature_sizes import feature_sizes
from .gray import gray_picture
from .pixels import Pixels
from .recipe import SORTED, Recipe

TOTAL_VARIATION, LAPLACIAN, RANGE = "total variation", "laplacian", "range"
"""The names of terms that look at the picture alone; the others are named after their layers."""


@dataclass(frozen=True)
class Problem:
    """A recipe with its network and pictures: what an engine is built from.

    Attributes
    ----------
    recipe : Recipe
        What to compute.
    weights : VGGWeights
        The network.
    content : (H, W, 3) ndarray of float64, or None
        R, G, B pixels 0..255; None where there is no such picture.
    styles : tuple of (h, w, 3) ndarray of float64
        Likewise, each of its own size; empty where the recipe has no style term.
    style_shares : tuple of float
        One weight for each style, sum 1.
    shape : (int, int)
        Height and width of the painted image; that of `content` where there is one.
    content_table : mapping of str to float, optional
        Layers of the content term and their weights, instead of the recipe's.
    style_tables : tuple of mapping of str to float, optional
        Likewise for the style term, a table for each style; absent: the recipe's for all of them.
        A style with an empty table counts nowhere.
    colors : (H, W, 3) ndarray of float64, optional
        The content in color, where the recipe paints light and dark alone and `content` is gray.
    regions : Regions, optional
        Masks; absent: everything counts everywhere.

    Raises
    ------
    UsageError
        If the recipe names a layer that the weights do not have, or lacks a picture; or if tables
        or masks do not fit its terms or the styles.
    """

    recipe: Recipe
    weights: VGGWeights
    content: Pixels | None
    styles: tuple[Pixels, ...]
    style_shares: tuple[float, ...]
    shape: tuple[int, int]
    content_table: Mapping[str, float] | None = None
    style_tables: tuple[Mapping[str, float], ...] | None = None
    colors: Pixels | None = None
    regions: Regions | None = None

    def __post_init__(self) -> None:
        if self.recipe.content is not None and self.content is None:
            raise UsageError(f"the recipe {self.recipe.name} has a content term, but no content")
        if self.recipe.laplacian is not None and self.content is None:
            raise UsageError(
                f"the recipe {self.recipe.name} compares edges with the content "
                "([laplacian]), but there is no content; give one, or set laplacian=off"
            )
        if self.recipe.style is not None and not self.styles:
            raise UsageError(f"the recipe {self.recipe.name} has a style term, but no style")
        if len(self.styles) != len(self.style_shares):
            raise UsageError(
                f"{counted(len(self.styles), 'style')} came with "
                f"{counted(len(self.style_shares), 'share')}; "
                "give one share for each style"
            )
        if self.content is not None and self.content.shape[:2] != self.shape:
            raise UsageError(
                f"the content is {self.content.shape[:2]}, the picture to paint {self.shape}; "
                "they must have the same height and width"
            )
        self._require_tables()
        if not self._asked_taps:
            raise UsageError(f"the recipe {self.recipe.name} names no layer to look at")
        require_layers(self._asked_taps, self.weights)
        self._require_size("painting", *self.shape)
        for style in self.styles:
            self._require_size("style", *style.shape[:2])
        if self.recipe.laplacian is not None:
            self._require_pools(self.recipe.laplacian.pools)
        if self.regions is not None and self.regions.are_everywhere:
            object.__setattr__(self, "regions", None)
        if self.regions is not None:
            self._require_regions(self.regions)

    @property
    def content_layers(self) -> dict[str, float]:
        """Layers of the content term and their weights; none without the term."""
        if self.recipe.content is None:
            return {}
        table = self.recipe.content.layers if self.content_table is None else self.content_table
        return dict(table)

    @property
    def layers_of_styles(self) -> tuple[dict[str, float], ...]:
        """Layers of the style term and their weights, for each style; none without the term.

        Without those at which nothing is left of the style's region.
        """
        if self.regions is None or not (self.regions.painted or self.regions.shown):
            return self.asked_layers_of_styles
        return tuple(
            {layer: weight for layer, weight in table.items() if not region.is_empty_at(layer)}
            for table, region in zip(self.asked_layers_of_styles, self.style_regions, strict=True)
        )

    @property
    def asked_layers_of_styles(self) -> tuple[dict[str, float], ...]:
        """The tables of `layers_of_styles`, whatever is left of regions there."""
        if self.recipe.style is None:
            return tuple({} for _ in self.styles)
        if self.style_tables is None:
            return tuple(dict(self.recipe.style.layers) for _ in self.styles)
        return tuple(dict(table) for table in self.style_tables)

    @property
    def style_layers(self) -> tuple[str, ...]:
        """Layers at which any style counts: those of the recipe's table first, in its order."""
        return self._in_order(self.layers_of_styles)

    @property
    def taps(self) -> tuple[str, ...]:
        """All layers that a term looks at."""
        return tuple(dict.fromkeys([*self.content_layers, *self.style_layers]))

    @property
    def term_names(self) -> tuple[str, ...]:
        """Names of all terms, in the order in which they are reported and added up."""
        return self._names(self.style_layers)

    @property
    def asked_term_names(self) -> tuple[str, ...]:
        """The names of `term_names`, whatever is left of regions."""
        return self._names(self._in_order(self.asked_layers_of_styles))

    def _names(self, style_layers: tuple[str, ...]) -> tuple[str, ...]:
        """Name all terms, with those of some layers of the styles."""
        names = [f"content {layer}" for layer in self.content_layers]
        names += [f"style {layer}" for layer in style_layers]
        of_picture = {
            TOTAL_VARIATION: self.recipe.total_variation,
            LAPLACIAN: self.recipe.laplacian,
            RANGE: self.recipe.range,
        }
        return (*names, *(name for name, term in of_picture.items() if term is not None))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers to run: up to the deepest tap."""
        return self._layers_up_to(self.taps)

    @cached_property
    def style_regions(self) -> "tuple[StyleRegion, ...]":
        """The weights of positions for each style, in the painting and in the style's picture."""
        regions = Regions() if self.regions is None else self.regions
        brought: dict[int, dict[str, Mask]] = {}  # styles may share one mask

        def weights(mask: Mask | None) -> dict[str, Mask] | None:
            if mask is None:
                return None
            if id(mask) not in brought:
                brought[id(mask)] = self._weights_at_layers(mask, self.recipe.masks.power)
            return brought[id(mask)]

        pairs = map(regions.of_style, range(len(self.styles)))
        return tuple(StyleRegion(weights(painted), weights(shown)) for painted, shown in pairs)

    @cached_property
    def content_weights(self) -> dict[str, Mask] | None:
        """The weights of positions in the content term, by layer; None: all alike."""
        if self.regions is None or self.regions.keep is None:
            return None
        return self._weights_at_layers(self.regions.keep, 1)

    def with_content(self, pixels: Pixels) -> "Problem":
        """Return the same problem with another content of the same size.

        Parameters
        ----------
        pixels : (H, W, 3) ndarray of float64
            R, G, B pixels 0..255.

        Raises
        ------
        UsageError
            If they have another shape than the painted picture.
        """
        pixels = np.asarray(pixels, np.float64)
        if pixels.shape != (*self.shape, 3):
            raise UsageError(
                f"the other content has the shape {pixels.shape}, the picture to paint "
                f"{(*self.shape, 3)}; give it the same height and width, in R, G, B"
            )
        if self.recipe.color.luma:  # styles keep the light and dark that they were given
            return replace(self, content=gray_picture(pixels), colors=pixels)
        return replace(self, content=pixels)

    @property
    def _asked_taps(self) -> tuple[str, ...]:
        """All layers that a term was to look at."""
        styles = self._in_order(self.asked_layers_of_styles)
        return tuple(dict.fromkeys([*self.content_layers, *styles]))

    def _in_order(self, tables: tuple[dict[str, float], ...]) -> tuple[str, ...]:
        """Return the layers of all tables, those of the recipe's table first."""
        wanted = dict.fromkeys(layer for table in tables for layer in table)
        ordered = self.recipe.style.layers if self.recipe.style is not None else {}
        return tuple(dict.fromkeys([*(name for name in ordered if name in wanted), *wanted]))

    def _layers_up_to(self, taps: tuple[str, ...]) -> tuple[Layer, ...]:
        names = [layer.name for layer in self.weights.layers]
        depth = max((names.index(tap) + 1 for tap in taps), default=0)
        return self.weights.layers[:depth]

    def _weights_at_layers(self, mask: Mask, power: int) -> dict[str, Mask]:
        layers, how = self._layers_up_to(self._asked_taps), self.recipe.masks.propagate
        brought = at_layers(mask, layers, self.recipe.network, how)
        return {layer: weights**power for layer, weights in brought.items()}

    def _require_regions(self, regions: Regions) -> None:
        """Raise UsageError if masks do not fit, or leave nothing."""
        regions.require_fitting(self.shape, [(s.shape[0], s.shape[1]) for s in self.styles])
        if regions.only is not None and self.content is None:
            raise UsageError(
                "a mask (--only) keeps parts of the content unpainted, and there is no content; "
                "leave it out"
            )
        if regions.keep is not None and self.recipe.content is None:
            raise UsageError(
                f"a mask (--keep) says where the content counts, and the recipe {self.recipe.name} "
                "has no content term; leave it out"
            )
        if regions.only is not None and not regions.only.any():
            raise UsageError(
                "the mask of what is painted (--only) is black everywhere, so that nothing would "
                "be; make it white somewhere, or leave it out"
            )
        if regions.keep is not None and not any(map(self._counts_content_at, self.content_layers)):
            raise UsageError(
                "the mask of where the content counts (--keep) leaves nothing at any of its layers "
                f"({', '.join(self.content_layers)}); make it white somewhere, or leave it out and "
                "set content=off"
            )
        style = self.recipe.style
        if style is not None and style.statistic in SORTED and (regions.painted or regions.shown):
            raise UsageError(
                f"the statistic {style.statistic} ranks all positions alike, and masks weigh them; "
                "choose another statistic, or leave the masks of the styles out"
            )
        if style is not None and style.blend == "targets" and (regions.painted or regions.shown):
            raise UsageError(
                "style.blend = targets makes one style of all, and masks give each its place; "
                "choose blend losses, or leave the masks of the styles out"
            )
        tables = zip(self.asked_layers_of_styles, self.layers_of_styles, strict=True)
        for number, (asked, left) in enumerate(tables, start=1):
            if asked and not left:
                raise UsageError(
                    f"the region of style {number} is empty at all of its layers "
                    f"({', '.join(asked)}); give it a larger one, or leave the style out"
                )

    def _require_tables(self) -> None:
        """Raise UsageError if there are tables of layers that nothing in the recipe can use."""
        name, tables = self.recipe.name, self.style_tables
        if self.content_table is not None and self.recipe.content is None:
            raise UsageError(
                f"the recipe {name} has no content term for a table of content layers; "
                "leave the table out"
            )
        if tables is None:
            return
        if self.recipe.style is None:
            raise UsageError(
                f"the recipe {name} has no style term for tables of style layers; "
                "leave the tables out"
            )
        if len(tables) != len(self.styles):
            raise UsageError(
                f"{counted(len(self.styles), 'style')} came with "
                f"{counted(len(tables), 'table')} of layers; "
                "give one table for each style"
            )
        if not any(tables):
            raise UsageError(
                "the tables of style layers are all empty; name a layer for one style at least"
            )

    def _counts_content_at(self, layer: str) -> bool:
        """Whether a mask leaves anything of the content term at a layer."""
        weights = self.content_weights
        return weights is None or bool(weights[layer].any())

    def _require_pools(self, pools: tuple[int, ...]) -> None:
        """Raise UsageError if no averaged pixel has the four neighbors that edges are seen by."""
        height, width = self.shape
        largest = max(pools)
        if min(height, width) < 3 * largest:
            raise UsageError(
                f"a painting of {width} x {height} pixels has no edges in squares of {largest} "
                f"pixels (laplacian.pools), which need at least {3 * largest} x {3 * largest}: "
                "choose smaller squares or a larger size"
            )

    def _require_size(self, what: str, height: int, width: int) -> None:
        """Raise UsageError if a picture is so small that pooling leaves nothing of it."""
        layers = self._layers_up_to(self._asked_taps)
        sizes = feature_sizes(layers, self.recipe.network, (height, width))
        gone = [name for name, size in sizes.items() if 0 in size]
        if gone:
            least = max(layer.stride for layer in layers)
            raise UsageError(
                f"a {what} of {width} x {height} pixels leaves nothing for {gone[0]}; "
                f"{layers[-1].name} needs at least {least} x {least}: choose a larger size"
            )


@dataclass(frozen=True, eq=False)
class StyleRegion:
    """The weights of the positions of one style's layers.

    Attributes
    ----------
    painted, shown : dict of str to (H, W) ndarray of float64, or None
        In the painting and in the style's own picture, by layer; None: 1 everywhere.
    """

    painted: Mapping[str, Mask] | None
    shown: Mapping[str, Mask] | None

    def painted_at(self, layer: str) -> Mask | None:
        """Return the weights of the painting's positions at a layer."""
        return None if self.painted is None else self.painted[layer]

    def shown_at(self, layer: str) -> Mask | None:
        """Return the weights of the style's positions at a layer."""
        return None if self.shown is None else self.shown[layer]

    def is_empty_at(self, layer: str) -> bool:
        """Whether nothing is left of it at a layer, in the painting or in the style."""
        weights = (self.painted_at(layer), self.shown_at(layer))
        return any(one is not None and not one.any() for one in weights)


def require_layers(wanted: tuple[str, ...], weights: VGGWeights) -> None:
    """Raise UsageError, with the layers that there are, if one is missing.

    Parameters
    ----------
    wanted : tuple of str
        Names of layers.
    weights : VGGWeights
        The network that should have them.
    """
    available = [layer.name for layer in weights.layers]
    missing = [name for name in wanted if name not in available]
    if missing:
        # conv4_4 is a name, and no misspelling: VGG-19 has it, VGG-16 has not.
        is_name = re.fullmatch(r"(conv|relu)\d_\d|pool\d", missing[0])
        near = "" if is_name else did_you_mean(missing[0], available)
        raise UsageError(
            f"layer {', '.join(missing)}{near} is not in {weights.origin} (VGG-{weights.depth}); "
            f"it has {', '.join(available)}"
        )
