"""A run's diary: one JSON object a line, one line an evaluation."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from ...errors import UsageError
from ...regular_file import open_regular
from ..standing import Record


class Journal:
    """Write records to a file as they come.

    Parameters
    ----------
    path : str or Path
        A ``.jsonl`` file; one that exists is replaced.
    history : iterable of Record
        Of the evaluations before: a run that goes on has the log of an unbroken one.

    Raises
    ------
    UsageError
        If it cannot be written, or is a pipe, device, socket or folder.

    Notes
    -----
    Keys of a line: ``evaluation``, ``iteration``, ``loss``, ``terms`` (an object), ``grad_norm``,
    ``seconds``, and ``scale`` of a run at several sizes.  Every line is flushed, so that one can
    follow a run with ``tail -f``.  When the disk is full, the run goes on without its diary, and
    `trouble` says so.
    """

    def __init__(self, path: str | Path, history: Iterable[Record] = ()) -> None:
        self.trouble: str | None = None
        try:
            self._file = open_regular(path, "a", encoding="utf-8")
            self._file.truncate(0)
        except OSError as error:
            raise UsageError(
                f"the log {path} cannot be written: {error.strerror}; choose another file"
            ) from None
        for record in history:
            self.write(record)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._file.close()

    def write(self, record: Record) -> None:
        """Add one line."""
        line: dict[str, Any] = {
            "evaluation": record.evaluation,
            "iteration": record.iteration,
            "loss": record.loss,
            "terms": record.terms,
            "grad_norm": record.grad_norm,
            "seconds": round(record.seconds, 6),
        }
        if record.scale is not None:
            line["scale"] = record.scale
        try:
            if self.trouble is None:
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()
        except OSError as error:
            self.trouble = f"the log ends at evaluation {record.evaluation}: {error.strerror}"
