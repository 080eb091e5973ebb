"""Output of the commands that do not paint: a view as a picture, a report as a page."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ...errors import UsageError
from ...regular_file import is_same_file
from ...whole_file import require_writable, whole_file
from ...words import printable
from .options import Decorator

if TYPE_CHECKING:
    from ...views.view import View

VIEW_OPTIONS: tuple[Decorator, ...] = (
    click.option("-o", "--output", required=True, metavar="OUT", type=click.Path(dir_okay=False),
                 help="What to write: .png, .jpg, .webp, .tiff."),
    click.option("--scale", type=click.Choice(["own", "common"]), default="own", show_default=True,
                 help="Whether each map is as bright as can be, or all are comparable."),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
)  # fmt: skip


def check_output(output: str, *inputs: str | None) -> None:
    """Refuse, before any work, what could not be written or would destroy an input.

    Raises
    ------
    UsageError
        If it is so.
    """
    from ...images import check_writable

    check_writable(output)
    if any(path is not None and is_same_file(path, output) for path in inputs):
        raise UsageError(f"{output} is an input as well as an output; choose another output")


def save_view(view: "View", output: str, quiet: bool) -> None:
    """Write a view, and say so."""
    view.save(output)
    if not quiet:
        click.echo(f"wrote {printable(output)}")


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
