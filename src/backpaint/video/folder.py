"""The folder of a film in the making: its painted frames, and all that a resumed run needs."""

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RunError, UsageError
from ..images import read_image, write_image
from ..regular_file import open_regular
from ..whole_file import whole_file
from ..words import printable
from .descent import PaintedFrame
from .flow.warp import Float64
from .frames_log import append, parsed
from .given import RESUME, advised

SUFFIX = ".frames"
MANIFEST, LOG = "manifest.json", "log.jsonl"
LONGEST_MANIFEST, LONGEST_LOG = 1 << 22, 1 << 30
"""Bytes; a line of the log has some five hundred."""
COUNT = "count"
"""The manifest's key that tells how many frames a finished film has."""


@dataclass(frozen=True)
class FramesFolder:
    """The files of a film's frames, beside the film.

    Attributes
    ----------
    path : Path

    Notes
    -----
    A frame is kept once its line in the log is: its pictures are written before, whole each.
    """

    path: Path

    @classmethod
    def of(cls, film: str | Path) -> "FramesFolder":
        """Return the folder of a film."""
        return cls(Path(f"{film}{SUFFIX}"))

    def require_name(self) -> None:
        """Raise UsageError if the system takes no names as long as those of the folder's files."""
        try:
            os.lstat(self.path / MANIFEST)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise UsageError(
                    f"the film's name is too long for its folder of frames, which has {SUFFIX} "
                    "behind it; choose a shorter name"
                ) from None

    def begin(self, manifest: Mapping[str, Any], *, resume: bool) -> list[dict[str, Any]]:
        """Make the folder, or go on with one that is there.

        Parameters
        ----------
        manifest : mapping
            Everything that the frames depend on.
        resume : bool
            Whether a folder that is there is gone on with.

        Returns
        -------
        list of dict
            The log of the frames that are kept.

        Raises
        ------
        UsageError
            If there is one and `resume` is False, or it is of another run.
        """
        path = printable(self.path)
        if not (self.path / MANIFEST).is_file():
            self._make()
            _write(self.path / MANIFEST, json.dumps(manifest, indent=1))
            return []
        found = self._manifest()
        if not resume:
            raise UsageError(f"{path} {self._what_is_there(found)}, or remove the folder")
        told = json.loads(json.dumps(manifest))
        other = sorted(key for key in {*told, *found} if told.get(key) != found.get(key))
        if other:
            raise UsageError(
                f"{path} is of another run: {', '.join(other)} differ; give the same pictures and "
                "options, or remove the folder"
            )
        self._refuse_links()
        return self._log()

    def keep(self, number: int, painted: PaintedFrame, line: Mapping[str, Any]) -> None:
        """Keep a frame; whatever ends the process, it is kept as a whole or not at all.

        Raises
        ------
        RunError
            If it cannot be written; the frames before it stay.
        """
        try:
            write_image(self.picture(number), painted.shown)
            if not np.array_equal(painted.seen, painted.shown):
                write_image(self._seen(number), painted.seen)
            append(self.path / LOG, json.dumps({"frame": number, **line}) + "\n")
        except RunError as error:
            if self.path.is_dir():
                raise advised(error) from error
            raise RunError(
                f"{printable(self.path)}: expected the folder of frames, found none: it was "
                "removed; paint the film again"
            ) from error

    def picture(self, number: int) -> Path:
        """Name a frame's picture."""
        return self.path / f"{number:05d}.png"

    def seen(self, number: int) -> Float64:
        """Read a frame as the network sees it."""
        path = self._seen(number)
        return read_image(path if path.exists() else self.picture(number)).pixels

    def remove(self) -> None:
        """Remove the frames of the log, and the folder; what others put there stays."""
        frames = range(1, len(self._whole_lines()[0]) + 1)
        pictures = [path(number) for number in frames for path in (self.picture, self._seen)]
        for path in (*pictures, self.path / LOG, self.path / MANIFEST):
            path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            if not any(self.path.iterdir()):
                self.path.rmdir()

    def _make(self) -> None:
        """Make the folder; it may be there, empty."""
        path = printable(self.path)
        try:
            self.path.mkdir(exist_ok=True)
            is_empty = not any(self.path.iterdir())
        except (FileExistsError, NotADirectoryError):
            raise UsageError(
                f"{path}: expected a folder of frames or none, found a file; move it away"
            ) from None
        except OSError as error:
            raise UsageError(
                f"{path}: expected a folder that can be made, found: {error.strerror}; choose "
                "another output"
            ) from None
        if not is_empty:
            raise UsageError(f"{path}: expected a folder of frames, found another; move it away")

    def _refuse_links(self) -> None:
        """Raise UsageError for a link, through which a film would be written somewhere else."""
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.is_symlink():
                    raise UsageError(
                        f"{printable(entry.path)}: expected a file of the frames, found a link; "
                        "remove the link"
                    )

    def _what_is_there(self, manifest: Mapping[str, Any]) -> str:
        """Describe what a folder holds that another run left, and what to do with it."""
        if len(self._whole_lines()[0]) == manifest.get(COUNT):
            return f"holds all frames of a finished film; assemble it again with {RESUME}"
        return f"holds frames of a film that was not finished; go on with {RESUME}"

    def _seen(self, number: int) -> Path:
        return self.path / f"{number:05d}-seen.png"

    def _manifest(self) -> dict[str, Any]:
        try:
            found = json.loads(_read(self.path / MANIFEST, LONGEST_MANIFEST))
        except (OSError, ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise UsageError(
                f"{printable(self.path / MANIFEST)}: expected what frames depend on, found none; "
                "remove the folder"
            )
        return found

    def _log(self) -> list[dict[str, Any]]:
        """Read the lines of whole frames, and forget what follows: it is painted anew."""
        lines, texts, is_whole = self._whole_lines()
        if not is_whole:
            _write(self.path / LOG, "".join(texts))
        return lines

    def _whole_lines(self) -> tuple[list[dict[str, Any]], list[str], bool]:
        """Read the lines of whole frames, their texts, and whether these are all that there is.

        A process may have died in the last one, and whatever is no line of a frame ends them.
        """
        log = self.path / LOG
        try:
            texts = _read(log, LONGEST_LOG).splitlines(keepends=True) if log.exists() else []
        except OSError as error:
            raise UsageError(
                f"{printable(log)}: expected the log of frames, found: {error.strerror}; move it "
                "away"
            ) from None
        lines: list[dict[str, Any]] = []
        for number, text in enumerate(texts, start=1):
            line = parsed(text, number)
            if line is None or not self.picture(number).is_file():
                break
            lines.append(line)
        whole = texts[: len(lines)]
        return lines, [text.decode() for text in whole], len(whole) == len(texts)


def _read(path: Path, longest: int) -> bytes:
    """Read the beginning of a file; OSError if it is none, or cannot be opened."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content: bytes = file.read(min(size, longest))
        return content


def _write(path: Path, text: str) -> None:
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
