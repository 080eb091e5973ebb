"""The option ``--html``: a report as one file."""

from collections.abc import Callable

from ...whole_file import require_writable, whole_file


def page_writer(path: str | None) -> Callable[[str], None]:
    """Make the function that writes a page; where nothing can be written, refuse at once.

    Parameters
    ----------
    path : str or None
        The file; None: nothing is written.

    Raises
    ------
    UsageError
        If nothing can be written there.
    """
    if path is not None:
        require_writable(path)

    def write(page: str) -> None:
        if path is not None:
            with whole_file(path) as part:
                part.write_text(page, encoding="utf-8")

    return write
