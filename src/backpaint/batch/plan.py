"""The plan of a batch: its pictures by name, those that are done, those that may not be."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from ..errors import UsageError, require_choice
from ..images import check_writable, format_of, read_metadata
from ..regular_file import NO_FILE, is_file, is_same_file, is_there
from ..whole_file import refuse_long_name
from .order import Order, Settings, digest_of, sha256_of
from .pictures import refuse_doubles

FIELDS = ("content", "style")
"""What a name's template may hold in braces."""
DIGEST = "batch_digest"
"""The key in a picture's settings."""
MANIFEST = "manifest.jsonl"


@dataclass(frozen=True)
class Plan:
    """The pictures of a batch.

    Attributes
    ----------
    todo, done : tuple of Order
        Those to be painted, and those that are there with the same digest.
    replaced : tuple of Order
        Those of `todo` whose file is another picture now, and may go.
    folder : Path
    """

    todo: tuple[Order, ...]
    done: tuple[Order, ...]
    replaced: tuple[Order, ...]
    folder: Path


def paired(
    contents: Sequence[str], styles: Sequence[str], pairs: str
) -> tuple[tuple[str, str], ...]:
    """Return every content with every style, or one to one for ``zip``.

    Raises
    ------
    UsageError
        If their numbers differ for ``zip``, or one is there twice for ``all``.
    """
    require_choice("pairs", pairs, ("all", "zip"))
    if pairs == "all":
        refuse_doubles(contents)
        refuse_doubles(styles)
        return tuple(product(contents, styles))
    if len(contents) != len(styles):
        raise UsageError(
            f"pairs zip goes one to one, but there are {len(contents)} contents and {len(styles)} "
            "styles; give as many of both, or leave it out"
        )
    return tuple(zip(contents, styles, strict=True))


def make_plan(
    pairs: Iterable[tuple[str, str]], settings: Settings, folder: Path, name: str, again: bool
) -> Plan:
    """Name every picture, and sort out those that are done.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Contents and styles.
    settings : Settings
    folder : Path
        For the paintings; see `make_folder`.
    name : str
        ``{content}`` and ``{style}`` stand for the files' names without extensions.
    again : bool
        Whether pictures that were made otherwise are painted anew.

    Raises
    ------
    UsageError
        If two have one name, an input would be written over, or something is there that was made
        otherwise, or is no file, or a name has no picture's extension.

    Notes
    -----
    Pictures that cannot be read have the digest "", which no file has: whoever paints them fails.
    """
    named = name_all(pairs, folder, name)
    hashes = {path: digest_or_empty(path) for pair in named.values() for path in pair}
    start = None if settings.init in ("preset", "fast") else sha256_of(settings.init)
    refuse_inputs([*named, folder / MANIFEST], [*hashes, *([settings.init] if start else [])])
    refuse_places(named)
    orders = []
    for output, (content, style) in named.items():
        files = hashes[content], hashes[style]
        digest = digest_of(settings, *files, *([start] if start else []))
        orders.append(Order(content, style, str(output), *files, digest, settings, start))
    there = {order.output: made_as(order) for order in orders if is_there(order.output)}
    replaced = tuple(
        order for order in orders if there.get(order.output) is False and order.is_readable
    )
    if replaced and not again:
        raise UsageError(
            f"{replaced[0].output} is there, and was made otherwise or by something else; choose "
            "another folder, or --again to paint it anew"
        )
    todo = tuple(order for order in orders if not there.get(order.output))
    done = tuple(order for order in orders if there.get(order.output))
    return Plan(todo, done, replaced, folder)


def digest_or_empty(path: str) -> str:
    """Return the digest of a file's bytes; "" where it cannot be read."""
    try:
        return sha256_of(path)
    except UsageError:
        return ""


def name_all(
    pairs: Iterable[tuple[str, str]], folder: Path, name: str
) -> dict[Path, tuple[str, str]]:
    """Return each pair by its file; no two may be one to a careless file system."""
    require_template(name)
    named: dict[Path, tuple[str, str]] = {}
    seen: dict[str, tuple[str, str]] = {}
    for pair in pairs:
        file = filled(name, *(Path(path).stem for path in pair))
        if other := seen.get(file.casefold()):
            raise UsageError(
                f"{' with '.join(other)} and {' with '.join(pair)} would both become {file}; "
                "rename one, or give --name another template"
            )
        seen[file.casefold()] = named[folder / file] = pair
    return named


def filled(name: str, content: str, style: str) -> str:
    """Fill a name's template.

    Examples
    --------
    >>> filled("{content}-{style}.png", "cat", "a{content}")
    'cat-a{content}.png'
    """
    words = {"content": content, "style": style}
    return re.sub(r"\{(\w+)\}", lambda field: words[field[1]], name)


def require_template(name: str) -> None:
    """Raise UsageError where a name's template is none."""
    fields = re.findall(r"\{(.*?)\}", name)
    is_plain = Path(name).name == name and not re.search(r"[{}]", re.sub(r"\{\w+\}", "", name))
    if not is_plain or not set(fields) <= set(FIELDS):
        raise UsageError(
            f"the name is {name!r}; expected a file's name with {{content}} and {{style}} in it, "
            "such as {content}-{style}.png"
        )


def refuse_inputs(outputs: Sequence[Path], inputs: Sequence[str]) -> None:
    """Raise UsageError where a picture would be written over one that is painted from."""
    existing = [output for output in outputs if is_there(output)]
    for output in existing:
        if any(is_same_file(output, one) for one in inputs):
            raise UsageError(f"{output} is an input as well as an output; choose another folder")
    folders = {Path(os.path.realpath(path)).parent for path in inputs}
    if outputs and outputs[0].resolve().parent in folders:
        raise UsageError(
            f"{outputs[0].parent} is a folder that pictures are taken from, where paintings would "
            "be taken for photographs the next time; choose another folder"
        )


def refuse_places(outputs: Iterable[Path]) -> None:
    """Raise UsageError where a name is no picture's, or belongs to a folder or pipe."""
    for output in outputs:
        format_of(output)
        if is_there(output) and not is_file(output):
            raise UsageError(f"{output}: {NO_FILE}; choose another folder or --name")


def make_folder(plan: Plan) -> None:
    """Make a plan's folder, and find out whether paintings can be written there.

    Raises
    ------
    UsageError
        If not, or one of them is a link: the folder may be a stranger's.
    """
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {plan.folder} cannot be made: {error.strerror}; choose another"
        ) from None
    for suffix in {Path(order.output).suffix for order in plan.todo}:
        check_writable(plan.folder / f"new{suffix}")
    paths = (path for order in plan.todo for path in (order.output, order.checkpoint) if path)
    for path in (plan.folder / MANIFEST, *paths):
        refuse_long_name(path)
        if os.path.islink(path):  # noqa: PTH114  # see `is_file`
            raise UsageError(
                f"{path}: expected a file or none, found a link, and what it leads to would be "
                "written over; remove it, or choose another folder"
            )


def made_as(order: Order) -> bool:
    """Whether the picture that is there has the order's digest."""
    try:
        told = json.loads(read_metadata(order.output) or "null")
    except (ValueError, RecursionError):  # UsageError is one: it is no picture
        return False
    return isinstance(told, dict) and told.get(DIGEST) == order.digest
