"""The option ``--html``: a report as one file."""

from collections.abc import Callable
from pathlib import Path

from ..errors import UsageError


def page_writer(path: str | None) -> Callable[[str], None]:
    """Make the function that writes a page; a missing folder is refused at once.

    Parameters
    ----------
    path : str or None
        The file; None: nothing is written.

    Raises
    ------
    UsageError
        If the folder does not exist.
    """
    if path is not None and not Path(path).resolve().parent.is_dir():
        raise UsageError(f"the folder of {path} does not exist; create it, or choose another one")

    def write(page: str) -> None:
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")

    return write
