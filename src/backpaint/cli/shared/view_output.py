"""Output of the commands that do not paint: a view as a picture, a report as a page."""

from collections.abc import Callable

import click

from ...whole_file import require_writable, whole_file
from .options import NO_CLOBBER_OPTION, OUTPUT_FILE, Decorator

VIEW_OPTIONS: tuple[Decorator, ...] = (
    click.option("-o", "--output", required=True, metavar="OUT", type=OUTPUT_FILE,
                 help="What to write: .png, .jpg, .webp, .tiff; - is standard output, as PNG."),
    NO_CLOBBER_OPTION,
    click.option("--scale", type=click.Choice(["own", "common"]), default="own", show_default=True,
                 help="Whether each map is as bright as can be, or all are comparable."),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
)  # fmt: skip


def page_writer(path: str | None) -> Callable[[str], None]:
    """Return the function that writes a page; where nothing can be written, refuse at once.

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
