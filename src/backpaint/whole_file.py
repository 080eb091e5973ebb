"""Files that are written whole or not at all, also if the power fails in the middle."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import RunError, UsageError
from .part_files import HAS_LOCKS, NAME, lock, sweep
from .regular_file import NO_FILE, is_folder


def refuse_folder(path: str | Path) -> None:
    """Raise UsageError where a file is to be written and there is a folder."""
    if is_folder(path):
        raise UsageError(f"{path}: expected a file to write, found a folder; name a file in it")


def refuse_long_name(path: str | Path) -> None:
    """Raise UsageError where the system takes no names as long as that of a file."""
    try:
        os.lstat(path)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UsageError(f"{path}: its name is too long; choose a shorter one") from None


def require_writable(path: str | Path) -> None:
    """Find out before a long run whether `whole_file` will be able to write.

    What a killed process left there half written is removed; see `part_files.sweep`.

    Parameters
    ----------
    path : path
        Of a file, which may exist.

    Raises
    ------
    UsageError
        If it is a folder, pipe, device or socket, is in no folder, or nothing can be written there.
    """
    target = Path(path)
    folder = target.resolve().parent
    try:
        refuse_folder(path)
        if not folder.is_dir():
            raise UsageError(f"{path}: expected a folder {folder}, found none; create it first")
        if target.exists() and not target.is_file():
            raise UsageError(f"{path}: {NO_FILE}; choose another name")
        if target.exists() and not os.access(target, os.W_OK):
            raise UsageError(
                f"{path}: expected a file that may be overwritten, found one that may not; "
                "choose another name"
            )
        trial = _temporary_name(folder)
        trial.touch(exist_ok=False)
        trial.unlink()
        sweep(folder)
    except OSError as error:
        raise UsageError(
            f"{path}: expected a place to write to, found: {error.strerror}; choose another"
        ) from None


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Open a place to write to, which becomes the file at `path` once all is written.

    Parameters
    ----------
    path : path
        What was there before stays until then, and stays if writing fails.  Its permissions stay.

    Yields
    ------
    Path
        An empty file in the same folder.

    Raises
    ------
    RunError
        If writing fails, or `path` is no file but a folder, pipe, device or socket.

    Notes
    -----
    The bytes reach the disk before the name does, and the name before this returns: a system that
    crashes at any moment has the old file or the new one.
    """
    target = Path(path).resolve()  # through links: the file is replaced, not the link
    temporary = _temporary_name(target.parent)
    try:
        mode = _permissions(target)
        _create(temporary, mode)
        with lock(temporary) as descriptor:
            yield temporary
            if mode is not None:
                temporary.chmod(mode)
            os.fsync(descriptor)
            if HAS_LOCKS:
                temporary.replace(target)
        if not HAS_LOCKS:  # Windows renames no file that is open
            temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise RunError(f"{path} could not be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _permissions(target: Path) -> int | None:
    """Return the permissions of what is there; None if nothing is."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(NO_FILE)
    return stat.S_IMODE(mode) & 0o777


def _create(temporary: Path, mode: int | None) -> None:
    """Make an empty file; nobody may read it on the way who may not read what it replaces."""
    temporary.touch(0o666 if mode is None else mode | stat.S_IRUSR | stat.S_IWUSR, exist_ok=False)
    if mode is not None:  # whatever the umask
        temporary.chmod(mode | stat.S_IRUSR | stat.S_IWUSR)


def _sync_folder(folder: Path) -> None:
    """Let a new name reach the disk, where the system can do that for folders."""
    with suppress(OSError):  # Windows opens none; some file systems sync none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _temporary_name(folder: Path) -> Path:
    """Name a file next to the target, so that `Path.replace` stays on one file system."""
    return folder / NAME.format(secrets.token_hex(8))
