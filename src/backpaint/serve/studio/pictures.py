"""The pictures that may be painted from: examples, and what somebody brought."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import UsageError
from ...examples import EXAMPLES, example_path
from ...words import printable
from ..processes.ask import Desk
from ..processes.order import Picture

MOST = 24
"""Brought pictures that are kept, besides those that a run needs."""
LONGEST_NAME = 120


@dataclass(eq=False)
class Kept:
    """A picture in the server's folder, or an example.

    Attributes
    ----------
    identity : str
        What the page calls it.
    file : Picture
    preview : Path
        JPEG.
    size : (int, int) or None
        Width and height; None until somebody asked.
    notes : tuple of str
        What was converted when it was read.
    """

    identity: str
    file: Picture
    preview: Path
    size: tuple[int, int] | None = None
    notes: tuple[str, ...] = field(default=())


class Pictures:
    """All pictures by identity.

    Parameters
    ----------
    folder : Path
        Where brought ones go.
    desk : Desk
        Reads them, in other processes.
    """

    def __init__(self, folder: Path, desk: Desk) -> None:
        self._folder, self._desk = folder, desk
        self._kept = {
            name: Kept(name, Picture(str(example_path(name)), file), example_path(name))
            for name, file in EXAMPLES.items()
        }

    def __getitem__(self, identity: str) -> Kept:
        if identity not in self._kept:
            raise UsageError("a picture is no longer there; choose it again")
        return self._kept[identity]

    def new_file(self) -> Path:
        """Name a file for what is being brought."""
        return self._folder / secrets.token_hex(8)

    async def add(self, path: Path, name: str) -> Kept:
        """Read what was brought to a file, and keep it.

        Raises
        ------
        UsageError
            If it is no picture that can be read; its sentence names the picture as its owner does.
        """
        preview = path.with_suffix(".preview")
        name = printable(Path(name).name or "picture", LONGEST_NAME)
        kept = Kept(secrets.token_hex(8), Picture(str(path), name), preview)
        try:
            await self._look_at(kept, preview)
        except UsageError as error:
            raise UsageError(str(error).replace(str(path), name)) from None
        self._kept[kept.identity] = kept
        return kept

    async def size(self, kept: Kept) -> tuple[int, int]:
        """Return width and height; of an example, after reading it once."""
        if kept.size is None:
            await self._look_at(kept, self._folder / f"{kept.identity}.preview")
        assert kept.size is not None
        return kept.size

    def forget(self, needed: Collection[str]) -> None:
        """Remove the oldest pictures beyond `MOST` that no run needs."""
        brought = [one for one in self._kept if one not in EXAMPLES and one not in needed]
        for identity in brought[:-MOST]:
            kept = self._kept.pop(identity)
            Path(kept.file.path).unlink(missing_ok=True)
            kept.preview.unlink(missing_ok=True)

    async def _look_at(self, kept: Kept, preview: Path) -> None:
        answer = await self._desk.ask("look_at", path=kept.file.path, shown=str(preview))
        kept.preview = preview
        kept.size, kept.notes = tuple(answer["size"]), tuple(answer["notes"])
