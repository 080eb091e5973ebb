"""A run's diary: one JSON object a line, one line an evaluation."""

import json
from pathlib import Path
from types import TracebackType
from typing import TextIO

from .errors import UsageError
from .run import Record


class Journal:
    """Write records to a file as they come.

    Parameters
    ----------
    path : str or Path
        A ``.jsonl`` file; one that exists is replaced.

    Raises
    ------
    UsageError
        If it cannot be written.

    Notes
    -----
    Keys of a line: ``evaluation``, ``iteration``, ``loss``, ``terms`` (an object), ``grad_norm``,
    ``seconds``.  Every line is flushed, so that one can follow a run with ``tail -f``.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            self._file: TextIO = Path(path).open("w", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise UsageError(
                f"the log {path} cannot be written: {error.strerror}; choose another file"
            ) from None

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, record: Record) -> None:
        """Add one line."""
        line = {
            "evaluation": record.evaluation,
            "iteration": record.iteration,
            "loss": record.loss,
            "terms": record.terms,
            "grad_norm": record.grad_norm,
            "seconds": round(record.seconds, 6),
        }
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
