"""The contents of a checkpoint, and what of it a file from a stranger may say."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isnan, nan
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from ..errors import UsageError
from ..masks import MaskNames
from ..painting.per_style import require_told
from ..painting.standing import Record, Standing
from ..presets.load import convert
from ..problem.recipe import Recipe
from ..regions import Regions
from ..scales import coarser_recipes
from ..words import printable
from .array_file import Arrays, read_arrays, write_arrays

Count = Annotated[int, Meta(ge=0)]
STATE, STYLE, MASK = "state.", "style.", "mask."
SCALE = "scale{}."
"""Before the names of a smaller size's pictures."""
COLUMNS = ("iteration", "loss", "grad_norm", "seconds")
"""Of the history's table; the terms follow."""
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


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a run, as they were resized for it.

    Attributes
    ----------
    content : (H, W, 3) ndarray of float64 or None
    colors : (H, W, 3) ndarray of float64 or None
        The content in color, where light and dark alone are painted and `content` is gray.
    alpha : (h, w) ndarray of float64 or None
        The content's opacity 0..1, in its own size.
    styles : tuple of (h, w, 3) ndarray of float64
    regions : Regions or None
    """

    content: NDArray[np.float64] | None
    colors: NDArray[np.float64] | None
    alpha: NDArray[np.float64] | None
    styles: tuple[NDArray[np.float64], ...]
    regions: Regions | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """One file.

    Attributes
    ----------
    facts : Facts
    recipe : Recipe
        The one of the facts, checked.
    pictures : Pictures
        Of the last size.
    standing : Standing
    coarser : tuple of Pictures
        Of the smaller sizes.
    """

    facts: Facts
    recipe: Recipe
    pictures: Pictures
    standing: Standing
    coarser: tuple[Pictures, ...] = ()


def write_checkpoint(
    path: str | Path,
    facts: Facts,
    pictures: Pictures,
    standing: Standing,
    coarser: Sequence[Pictures] = (),
) -> None:
    """Write a checkpoint, whole or not at all; `coarser` has the pictures of smaller sizes.

    Raises
    ------
    RunError
        If writing fails.
    """
    arrays: Arrays = {STATE + name: array for name, array in standing.state.items()}
    if standing.good is not None:
        arrays["good"] = standing.good
    arrays |= _arrays(pictures)
    for scale, smaller in enumerate(coarser):
        prefix = SCALE.format(scale)
        arrays |= {prefix + name: array for name, array in _arrays(smaller).items()}
    arrays["history"] = _table(standing.history, facts.terms)
    write_arrays(path, arrays, json.dumps(msgspec.to_builtins(facts)))


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    UsageError
        If it is none, is damaged, or says what backpaint would not have written.
    """
    arrays, text = read_arrays(path)
    facts, recipe = read_facts(text, path)
    with sense(path):
        state = {
            name.removeprefix(STATE): arrays[name] for name in arrays if name.startswith(STATE)
        }
        pictures = _pictures(arrays, facts, recipe, facts.size)
        coarser = tuple(
            _pictures(arrays, facts, recipe, size, SCALE.format(scale))
            for scale, size in enumerate(facts.coarser_sizes)
        )
        size = 3 * facts.size_now[0] * facts.size_now[1]
        good = _flat(arrays["good"], size) if "good" in arrays else None
        _flat(np.asarray(state["x"], np.float64), size)
    history = read_history(arrays, facts, path)
    scale = facts.scale if facts.coarser_sizes else None
    standing = Standing(state, history, facts.iterations, facts.reason, good, scale)
    return Checkpoint(facts, recipe, pictures, standing, coarser)


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


def read_history(arrays: Arrays, facts: Facts, path: str | Path) -> tuple[Record, ...]:
    """Read the history of a file.

    Raises
    ------
    UsageError
        If there is none, or it is not as backpaint writes it.
    """
    with sense(path):
        has_sizes = bool(facts.coarser_sizes)
        records = tuple(_records(arrays["history"], facts.terms, may_lack=has_sizes))
        if facts.begun and facts.begun[-1] > len(records):
            raise ValueError("a size that begins after its history")
        if not facts.coarser_sizes:
            return records
        return tuple(
            replace(one, scale=bisect_left(facts.begun, one.evaluation)) for one in records
        )


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


def _table(history: Sequence[Record], terms: Sequence[str]) -> NDArray[np.float64]:
    """Write a history as rows of `COLUMNS` and terms; NaN is a term that a size has not."""
    rows = [
        [record.iteration, record.loss, record.grad_norm, record.seconds]
        + [record.terms.get(name, nan) for name in terms]
        for record in history
    ]
    return np.array(rows, np.float64).reshape(len(rows), len(COLUMNS) + len(terms))


def _records(table: NDArray[Any], terms: Sequence[str], *, may_lack: bool) -> Iterator[Record]:
    """Read a history; with `may_lack`, NaN is a term that the record's size has not."""
    if table.dtype != np.float64 or table.shape != (len(table), len(COLUMNS) + len(terms)):
        raise ValueError(f"a history of shape {table.shape} for {len(terms)} terms")
    absent = np.isnan(table)
    absent[:, : len(COLUMNS)] = False
    if not np.isfinite(table[~absent]).all() or (absent.any() and not may_lack):
        raise ValueError("NaN or infinity in its history")
    for number, row in enumerate(table.tolist(), start=1):
        iteration, loss, grad_norm, seconds = row[: len(COLUMNS)]
        named = zip(terms, row[len(COLUMNS) :], strict=True)
        values = {name: value for name, value in named if not isnan(value)}
        yield Record(number, int(iteration), loss, values, grad_norm, seconds)


def _arrays(pictures: Pictures) -> Arrays:
    """Name the arrays of pictures, those that there are."""
    named = {
        "content": pictures.content,
        "colors": pictures.colors,
        "alpha": pictures.alpha,
    }
    arrays = {name: array for name, array in named.items() if array is not None}
    arrays |= {f"{STYLE}{number}": style for number, style in enumerate(pictures.styles)}
    return arrays | _masks(pictures.regions)


def _pictures(
    arrays: Arrays, facts: Facts, recipe: Recipe, size: tuple[int, int], prefix: str = ""
) -> Pictures:
    """Read the pictures of one size."""
    alpha = arrays.get(f"{prefix}alpha")
    pictures = Pictures(
        content=_picture(arrays[f"{prefix}content"]) if facts.content is not None else None,
        colors=_picture(arrays[f"{prefix}colors"]) if recipe.color.luma else None,
        alpha=None if alpha is None else _alpha(alpha),
        styles=tuple(
            _picture(arrays[f"{prefix}{STYLE}{number}"]) for number in range(len(facts.styles))
        ),
        regions=None if facts.masks is None else _regions(arrays, facts.masks, prefix),
    )
    if pictures.colors is not None and pictures.colors.shape[:2] != size:
        raise ValueError(f"colors of shape {pictures.colors.shape}")
    return pictures


def _picture(array: NDArray[Any]) -> NDArray[np.float64]:
    """Check pixels."""
    if array.dtype != np.float64 or array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise ValueError(f"a picture of shape {array.shape}")
    if not (array.min() >= 0 and array.max() <= 255):
        raise ValueError("a picture whose values are not from 0 to 255")
    return array


def _alpha(array: NDArray[Any], what: str = "an opacity") -> NDArray[np.float64]:
    """Check an opacity, or a mask."""
    if array.dtype != np.float64 or array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{what} of shape {array.shape}")
    if not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(f"{what} that is not from 0 to 1")
    return array


def _masks(regions: Regions | None) -> Arrays:
    """Name the masks that there are."""
    if regions is None:
        return {}
    found = {f"{MASK}{name}": getattr(regions, name) for name in ("keep", "only")}
    for name in ("painted", "shown"):
        found |= {f"{MASK}{name}.{i}": mask for i, mask in enumerate(getattr(regions, name))}
    return {name: mask for name, mask in found.items() if mask is not None}


def _regions(arrays: Arrays, names: MaskNames, prefix: str) -> Regions:
    """Collect the masks of one size; their own are looked at with those of the pictures."""
    here = f"{prefix}{MASK}"
    found = {
        name.removeprefix(prefix): _alpha(arrays[name], "a mask")
        for name in arrays
        if name.startswith(here)
    }
    painted, shown = (
        tuple(found.get(f"{MASK}{name}.{i}") for i in range(len(getattr(names, name))))
        for name in ("painted", "shown")
    )
    return Regions(painted, shown, found.get(f"{MASK}keep"), found.get(f"{MASK}only"))


def _flat(array: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Check a flat picture."""
    if array.dtype != np.float64 or array.shape != (size,) or not np.isfinite(array).all():
        raise ValueError(f"a flat picture of {array.size} values, expected {size} finite ones")
    return array
