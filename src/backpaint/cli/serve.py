"""``backpaint serve``: a page that paints."""

from pathlib import Path

import click

from ..errors import UsageError
from .shared.messages import tell

PORT = 8765


@click.command(short_help="Serve a page to this machine that paints, and shows how.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    metavar="N",
    help="Of the address; 0: any that is free.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep finished paintings there; else they are gone with the server.",
)
@click.option(
    "--threads", type=click.IntRange(min=1), metavar="N", help="Of the engine cpu; absent: all."
)
def serve(port: int, keep: Path | None, threads: int | None) -> None:
    """Paint in a browser: choose two pictures, watch the painting and its losses, stop at will.

    The page is served to this machine alone, and only whoever knows the printed address, which
    changes with every start, may open it.  Nothing leaves the machine.  Ctrl-C ends it, and with
    it all runs.

    \b
    backpaint serve
    backpaint serve --port 0 --keep paintings
    """
    try:
        from ..serve.server import serve as serve_page
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("backpaint"):
            raise
        raise UsageError(
            f"serve needs {error.name}, which is not installed; pip install 'backpaint[web]'"
        ) from None

    serve_page(
        port,
        lambda address: tell(f"open {address}\nCtrl-C ends it", "stdout"),
        keep=keep,
        threads=threads,
    )
