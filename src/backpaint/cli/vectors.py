"""``backpaint vectors``: numbers to test any implementation against."""

import click

from .shared.options import OUTPUT_FILE


@click.command(short_help="Write numbers to test any implementation against.")
@click.option("-o", "--output", required=True, metavar="FILE.h5|FILE.npz",
              type=OUTPUT_FILE, help="What to write.")  # fmt: skip
def vectors(output: str) -> None:
    """Write inputs, outputs and gradients of every operation, loss and two small networks.

    Each at sizes that break implementations, random and full of ties, in float64 and float32.  The
    conventions (order of axes, padding, ties) are in the file.

    \b
    backpaint vectors -o vectors.h5
    backpaint vectors -o vectors.npz
    """
    from pathlib import Path

    from ..vectors import make_vectors, write_vectors
    from ..vectors.files import check_writable
    from ..words import printable

    check_writable(Path(output))
    made = make_vectors()
    write_vectors(output, made)
    size = Path(output).stat().st_size / 1e6
    click.echo(f"{printable(output)}: {len(made.arrays):,} arrays, {size:.1f} MB")
    click.echo(f"inputs  sha256 {made.about['sha256_inputs']}")
    click.echo(f"content sha256 {made.about['sha256']}")
