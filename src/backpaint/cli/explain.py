"""``backpaint explain``: one operation on a tiny input, every number shown."""

import click

from .shared import completions
from .shared.options import OUTPUT_FILE
from .shared.view_output import page_writer


@click.command(short_help="Explain an operation and its gradient with every number shown.")
@click.argument(
    "operation",
    metavar="[OPERATION]",
    required=False,
    shell_complete=completions.explanation_names,
)
@click.option(
    "--entry", metavar="I,J,K", help="Which entry's gradient is written out: row, column, channel."
)
@click.option("--html", "html_path", type=OUTPUT_FILE, metavar="FILE.html",
              help="Write a page instead of text.")  # fmt: skip
def explain(operation: str | None, entry: str | None, html_path: str | None) -> None:
    """Show OPERATION forward and backward on a tiny input, beside a finite difference.

    OPERATION is conv, relu, max_pool, average_pool, edge_pad, gram, content_loss, style_loss,
    region, covariance, wasserstein, histogram, tv, laplacian, range, temporal_loss, or chain: from
    a picture to its gradient.  Without it, they are listed.

    \b
    backpaint explain
    backpaint explain conv
    backpaint explain conv --entry 2,3,1
    backpaint explain chain --html chain.html
    """
    from ..explain import EXPLANATIONS, html, text
    from ..explain import explain as explained

    if operation is None:
        if html_path is not None or entry is not None:
            raise click.UsageError("which operation? See them all with `backpaint explain`.")
        for name in EXPLANATIONS:
            click.echo(f"{name:<15}{explained(name).title}")
        click.echo("\nRead one with `backpaint explain NAME`; a good order is from top to bottom.")
        return
    write = page_writer(html_path)
    explanation = explained(operation, _parse_entry(entry))
    if html_path is None:
        click.echo(text(explanation), nl=False)
    write(html(explanation))


def _parse_entry(entry: str | None) -> tuple[int, ...] | None:
    """Read ``0,1,0``."""
    if entry is None:
        return None
    parts = entry.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise click.BadParameter(
            f"found {entry!r}, expected whole numbers such as 0,1,0", param_hint="--entry"
        )
    return tuple(int(part) for part in parts)
