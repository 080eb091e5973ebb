"""Files that are written whole or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import UsageError


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a place to write to, which becomes the file at `path` once all is written.

    Parameters
    ----------
    path : path
        What was there before stays until then, and stays if writing fails.

    Yields
    ------
    Path
        A file in the same folder.
    """
    target = Path(path).resolve()  # through links: the file is replaced, not the link
    temporary = target.with_name(f".backpaint-{secrets.token_hex(8)}.part")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink()


def require_folder(path: str | Path) -> None:
    """Raise UsageError if the folder of a file to write does not exist."""
    if not Path(path).resolve().parent.is_dir():
        raise UsageError(f"the folder of {path} does not exist; create it, or choose another one")
