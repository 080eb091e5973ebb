"""Files that are written whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import RunError, UsageError


def require_writable(path: str | Path) -> None:
    """Find out before a long run whether `whole_file` will be able to write.

    Parameters
    ----------
    path : path
        Of a file, which may exist.

    Raises
    ------
    UsageError
        If it is a folder, is in none, or nothing can be written there.
    """
    target = Path(path)
    folder = target.resolve().parent
    try:
        if target.is_dir():
            raise UsageError(f"{path}: expected a file to write, found a folder; name a file in it")
        if not folder.is_dir():
            raise UsageError(f"{path}: expected a folder {folder}, found none; create it first")
        if target.exists() and not os.access(target, os.W_OK):
            raise UsageError(
                f"{path}: expected a file that may be overwritten, found one that may not; "
                "choose another name"
            )
        trial = _temporary_name(folder)
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise UsageError(
            f"{path}: expected a place to write to, found: {error.strerror}; choose another"
        ) from None


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

    Raises
    ------
    RunError
        If writing fails.
    """
    target = Path(path).resolve()  # through links: the file is replaced, not the link
    temporary = _temporary_name(target.parent)
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise RunError(f"{path} could not be written: {error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _temporary_name(folder: Path) -> Path:
    """Name a file next to the target, so that `Path.replace` stays on one file system."""
    return folder / f".backpaint-{secrets.token_hex(8)}.part"
