"""Downloads a published file once, and checks it before it is used."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from ..errors import RunError
from .recognize import recognize
from .registry import Published, cache_folder

_TIMEOUT = 30.0
"""Seconds without an answer after which the next address is tried."""


def fetch(
    entry: Published, folder: Path | None = None, notice: Callable[[str], None] = lambda line: None
) -> Path:
    """Return a published file, downloading it unless it was before.

    Parameters
    ----------
    entry : Published
        From `registry.by_name`.
    folder : Path, optional
        Where to put it; the user's cache by default.
    notice : callable
        Told which address fails, in a sentence.

    Returns
    -------
    Path
        The file, complete and checked.

    Raises
    ------
    RunError
        If no address gives the file: says which one to download by hand, and where to put it.
    """
    path = (folder or cache_folder()) / entry.file
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{path.parent} cannot be made ({error.strerror})") from error
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    for url in entry.urls:
        try:
            _download(url, partial)
            _check(entry, partial)
            partial.replace(path)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            notice(f"{url} cannot be fetched ({_reason(error)})")
        else:
            return path
        finally:
            partial.unlink(missing_ok=True)
    raise RunError(
        f"{entry.file} cannot be fetched; download it by hand from {' or '.join(entry.urls)} and "
        f"put it at {path}, or give its path instead of a name"
    )


def _download(url: str, path: Path) -> None:
    import pooch

    pooch.HTTPDownloader(progressbar=True, timeout=_TIMEOUT)(url, str(path), None)


def _check(entry: Published, path: Path) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(entry.sha256_prefix):
        raise ValueError(f"its SHA-256 is {found[:8]}... instead of {entry.sha256_prefix}...")
    recognize(path)  # some servers send a page that says "not found" as if it were the file


def _reason(error: Exception) -> str:
    text = (str(error) or type(error).__name__).splitlines()[0]
    return text if len(text) < 200 else f"{text[:200]}..."
