"""The folder of a film in the making: its painted frames, and all that a resumed run needs."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UsageError
from ..images import read_image, write_image
from ..whole_file import whole_file
from ..words import printable
from .descent import PaintedFrame
from .flow.warp import Float64

SUFFIX = ".frames"
MANIFEST, LOG = "manifest.json", "log.jsonl"


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
            if self.path.exists() and any(self.path.iterdir()):
                raise UsageError(
                    f"{path}: expected a folder of frames, found another; move it away"
                )
            self.path.mkdir(exist_ok=True)
            _write(self.path / MANIFEST, json.dumps(manifest, indent=1))
            return []
        if not resume:
            raise UsageError(
                f"{path} holds frames of a film that was not finished; go on with --resume, or "
                "remove the folder"
            )
        told = json.loads(json.dumps(manifest))
        found = self._manifest()
        other = sorted(key for key in {*told, *found} if told.get(key) != found.get(key))
        if other:
            raise UsageError(
                f"{path} is of another run: {', '.join(other)} differ; give the same pictures and "
                "options, or remove the folder"
            )
        return list(self._log())

    def keep(self, number: int, painted: PaintedFrame, line: Mapping[str, Any]) -> None:
        """Keep a frame; whatever ends the process, it is kept as a whole or not at all."""
        write_image(self.picture(number), painted.shown)
        if not np.array_equal(painted.seen, painted.shown):
            write_image(self._seen(number), painted.seen)
        text = json.dumps({"frame": number, **line}) + "\n"
        descriptor = os.open(self.path / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(descriptor, text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def picture(self, number: int) -> Path:
        """Name a frame's picture."""
        return self.path / f"{number:05d}.png"

    def seen(self, number: int) -> Float64:
        """Read a frame as the network sees it."""
        path = self._seen(number)
        return read_image(path if path.exists() else self.picture(number)).pixels

    def remove(self) -> None:
        """Remove the folder; what others put there stays."""
        names = [MANIFEST, LOG]
        names += [path.name for path in self.path.glob("[0-9]*.png")]
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def _seen(self, number: int) -> Path:
        return self.path / f"{number:05d}-seen.png"

    def _manifest(self) -> dict[str, Any]:
        try:
            found = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict):
            raise UsageError(
                f"{printable(self.path / MANIFEST)}: expected what frames depend on, found none; "
                "remove the folder"
            )
        return found

    def _log(self) -> Iterator[dict[str, Any]]:
        """Read the lines of whole frames; a process may have died in the last one."""
        log = self.path / LOG
        if not log.exists():
            return
        whole: list[dict[str, Any]] = []
        kept = log.read_bytes().splitlines(keepends=True)
        for line in kept:
            try:
                one = json.loads(line)
            except ValueError:
                break
            number = len(whole) + 1
            if not line.endswith(b"\n") or one.get("frame") != number:
                break
            if not self.picture(number).is_file():
                break
            whole.append(one)
        if len(whole) < len(kept):
            _write(log, "".join(line.decode() for line in kept[: len(whole)]))
        yield from whole


def _write(path: Path, text: str) -> None:
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
