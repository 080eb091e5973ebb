"""The order of a run: from the page, and from the server to the process that paints."""

from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from ...errors import UsageError, shown
from ...presets import DEFAULT, preset_names, recipe
from ...problem.recipe import Recipe

Identity = Annotated[str, Meta(max_length=40)]
Share = Annotated[float, Meta(ge=0, le=1e6)]
Tables = dict[str, dict[str, Any] | None]


class Picture(Struct, frozen=True):
    """A picture's file, and the name that a person knows it by."""

    path: str
    name: str


class Further(Struct, frozen=True, forbid_unknown_fields=True):
    """A style beside the first one."""

    picture: Identity
    share: Share = 1.0
    """How much it counts; all shares are scaled to the sum 1."""


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """The order of the page; nothing in it is a path."""

    content: Identity
    style: Identity
    preset: Annotated[str, Meta(max_length=100)] = DEFAULT
    weights: Literal["vgg16", "vgg19"] | None = None
    """None: the preset's."""
    tables: Tables = {}
    """Whole tables of the recipe that differ from the preset's: ``{"style": {...}}``."""
    engine: Literal["auto", "gpu", "cpu", "reference"] = "auto"
    seed: Annotated[int, Meta(ge=0, le=2**53)] = 0
    share: Share = 1.0
    """Of the first style."""
    further: Annotated[tuple[Further, ...], Meta(max_length=3)] = ()
    """More styles."""

    @property
    def styles(self) -> tuple[str, ...]:
        """All styles."""
        return (self.style, *(one.picture for one in self.further))

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of each of them."""
        return (self.share, *(one.share for one in self.further))

    @property
    def pictures(self) -> tuple[str, ...]:
        """Everything that is painted from."""
        return (self.content, *self.styles)


class Order(Struct, frozen=True):
    """The order of the painting process."""

    recipe: Recipe
    content: Picture
    styles: tuple[Picture, ...]
    shares: tuple[float, ...]
    engine: str
    threads: int | None
    seed: int
    painting: str = ""
    """The file to write."""


def seen_file(order: Order) -> Path:
    """Name the file of a finished painting as the network saw it, where colors were put back."""
    return Path(order.painting).with_suffix(".seen.npy")


def kept_file(order: Order) -> Path:
    """Name the file of the picture that a run writes on demand."""
    return Path(order.painting).with_suffix(".npy")


def film_file(order: Order) -> Path:
    """Name the file of the film of a run."""
    return Path(order.painting).with_suffix(".webp")


def make_recipe(request: Request) -> Recipe:
    """Compose the recipe that a request asks for.

    Raises
    ------
    UsageError
        If there is no such preset, or a value does not fit.
    """
    if request.preset not in preset_names():  # a file's name would be one, too
        raise UsageError(f"there is no preset {shown(request.preset)}; choose one of the list")
    return recipe(request.preset, weights=request.weights, changes=request.tables)
