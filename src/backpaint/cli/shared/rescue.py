"""A finished picture that cannot be written where it should is kept elsewhere."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ...errors import RunError


def save_somewhere(save: Callable[[str], None], path: str) -> None:
    """Write a picture, or keep it in another folder: an hour of painting is not lost.

    Parameters
    ----------
    save : callable
        Writes the picture to a path; its extension chooses the format.
    path : str
        Where it should go.

    Raises
    ------
    RunError
        If it cannot be written there, with the place where it is instead, if there is one.
    """
    try:
        save(path)
    except RunError as error:
        for folder in _other_folders():
            kept = str(folder / f"{Path(path).stem.strip('-') or 'painting'}.png")
            if _is_saved(save, kept):
                raise RunError(f"{error}; the picture was kept as {kept}") from error
            with suppress(OSError):
                folder.rmdir()
        raise


def _is_saved(save: Callable[[str], None], path: str) -> bool:
    try:
        save(path)
    except RunError:
        return False
    return True


def _other_folders() -> Iterator[Path]:
    """Make a folder at each place where files of one's own are usual."""
    places: list[Callable[[], str | Path]] = [tempfile.gettempdir, Path.home, Path.cwd]
    for place in places:
        with suppress(OSError, RuntimeError):  # there may be no home, and no folder to write to
            yield Path(tempfile.mkdtemp(prefix="backpaint-", dir=place()))
