"""Everything of a run that is no array, and what of it a file from a stranger may say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from ..errors import UsageError
from ..masks import MaskNames
from ..painting.per_style import require_told
from ..presets.load import convert
from ..problem.recipe import Recipe
from ..scales import coarser_recipes
from ..words import printable

Count = Annotated[int, Meta(ge=0)]
LONGEST_REASON = 300


class Facts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of a run that is no array.

    Attributes
    ----------
    program : str
        Who wrote it.
    recipe : dict
        As `msgspec.to_builtins` gives it; without the folder of its weights.
    engine : str
    dtype : str
    engine_options : dict
    optimizer_on : str
    seed : int
    initial : str
        Where the run started, in a word or a file's name.
    size : (int, int)
        Height and width of the picture.
    weights, weights_sha256 : str
    content : str or None
        The photograph's name.
    styles : tuple of str
    notes : tuple of str
    style_shares : tuple of float
    style_layers : tuple of dict of str to float or None
        Layers and their weights, a table for each style, where they are not the recipe's.
    style_scales : tuple of float or None
        Factors on the styles' sizes, one each, where they are not the recipe's.
    terms : tuple of str
        Names of the terms in the history, of all sizes.
    iterations : int
        Finished ones.
    reason : str
        Why the run ended, or that it has not.
    every : int
        Iterations between two checkpoints.
    machine : dict of str to str
        What could change the bits of the run; see `machine`.
    masks : MaskNames or None
        Names of the masks, which are arrays; absent in files of earlier versions.
    coarser_sizes : tuple of (int, int)
        Heights and widths at which the run paints before `size`.
    begun : tuple of int
        Evaluations that were done when each size but the first began; of those that have begun.
    """

    program: str
    recipe: dict[str, Any]
    engine: str
    dtype: str
    engine_options: dict[str, bool | int | str | None]
    optimizer_on: Literal["auto", "device", "host"]
    seed: Count
    initial: str
    size: tuple[Annotated[int, Meta(ge=1)], Annotated[int, Meta(ge=1)]]
    weights: str
    weights_sha256: str
    content: str | None
    styles: tuple[str, ...]
    notes: tuple[str, ...]
    style_shares: tuple[Annotated[float, Meta(ge=0, le=1)], ...]
    style_layers: tuple[dict[str, float], ...] | None
    style_scales: tuple[Annotated[float, Meta(gt=0)], ...] | None
    terms: tuple[str, ...]
    iterations: Count
    reason: str
    every: Annotated[int, Meta(ge=1)]
    machine: dict[str, str]
    masks: MaskNames | None = None
    coarser_sizes: tuple[tuple[Annotated[int, Meta(ge=1)], Annotated[int, Meta(ge=1)]], ...] = ()
    begun: tuple[Count, ...] = ()

    @property
    def scale(self) -> int:
        """The size that the run is at, from 0, the smallest."""
        return len(self.begun)

    @property
    def size_now(self) -> tuple[int, int]:
        """Height and width that the run is at."""
        return (*self.coarser_sizes, self.size)[self.scale]


def read_facts(text: str, path: str | Path) -> tuple[Facts, Recipe]:
    """Read the facts of a file, and the recipe among them.

    Raises
    ------
    UsageError
        If they are not what backpaint writes.
    """
    with sense(path):
        facts = msgspec.convert(json.loads(text), Facts)
    recipe = convert(facts.recipe, f"the recipe in {path}")
    with sense(path):
        if len(set(facts.terms)) < len(facts.terms):
            raise ValueError("a term twice")
        if len(facts.coarser_sizes) != len(coarser_recipes(recipe)):
            raise ValueError("other sizes than its recipe")
        if facts.scale > len(facts.coarser_sizes) or [*facts.begun] != sorted(facts.begun):
            raise ValueError("a size that it has not")
        require_told(
            len(facts.styles),
            facts.style_shares,
            facts.style_layers,
            facts.style_scales,
            recipe.images,
        )
    return facts, recipe


@contextmanager
def sense(path: str | Path) -> Iterator[None]:
    """Turn whatever a made-up file leads to into one sentence.

    Raises
    ------
    UsageError
        In place of what values that no checkpoint has may raise.
    """
    try:
        yield
    except UsageError:
        raise
    except (ValueError, TypeError, LookupError, RecursionError, OverflowError) as error:
        reason = printable(str(error) or type(error).__name__, LONGEST_REASON)
        raise UsageError(
            f"{path} says what no checkpoint says ({reason}); expected one that backpaint wrote; "
            "take an earlier one"
        ) from None
