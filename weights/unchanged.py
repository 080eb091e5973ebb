"""A file that stays the same from the first byte that is read to its hash."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import cast

from ..errors import UsageError
from ..regular_file import open_regular


@contextmanager
def unchanged_file(path: Path) -> Iterator[BufferedReader]:
    """Open a file for reading, and see afterwards that it was neither changed nor exchanged.

    Parameters
    ----------
    path : Path
        Of a file; whoever opens it by this path within the block reads the same file, too.

    Yields
    ------
    binary file
        At its beginning.

    Raises
    ------
    UsageError
        If it cannot be opened, or is another one when the block ends.
    """
    try:
        file = cast(BufferedReader, open_regular(path))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}; check its permissions") from error
    with file:
        before = _state(os.fstat(file.fileno()))
        yield file
        try:
            same = before == _state(os.fstat(file.fileno())) == _state(path.stat())
        except OSError:  # nothing has that name any more
            same = False
    if not same:
        raise UsageError(
            f"{path} was changed or exchanged while it was read; expected a file that stays as it "
            "is; try again"
        )


def _state(status: os.stat_result) -> tuple[int, ...]:
    """Return a file's identity and last changes; the last one, ``st_ctime``, cannot be forged."""
    return (
        *(status.st_dev, status.st_ino, status.st_size),
        *(status.st_mtime_ns, status.st_ctime_ns),
    )
