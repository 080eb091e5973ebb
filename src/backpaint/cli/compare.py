"""``backpaint compare``: engines and other libraries, timed in turn."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from .shared.options import OUTPUT_FILE

if TYPE_CHECKING:
    from ..compare import Comparison, Plan
    from ..compare.rounds import OnStep


@click.command(short_help="Time every engine beside PyTorch, TensorFlow and JAX.")
@click.option(
    "--sizes",
    default="128,256,512",
    show_default=True,
    metavar="A,B,...",
    help="Pixels of square pictures, or WIDTHxHEIGHT.",
)
@click.option(
    "--threads", metavar="A,B,...", help="How many compute. Absent: one for each processor."
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="N",
    help="In each, everybody has a turn; the medians are compared.",
)
@click.option(
    "--only",
    default="",
    metavar="NAME,...",
    help="cpu, reference, gpu, pytorch, pytorch-cuda, tensorflow, jax, or a form such "
    "as pytorch/channels_last. Absent: all that is installed.",
)
@click.option(
    "--preset",
    default="gatys",
    show_default=True,
    metavar="NAME",
    help="Whose loss to compute: see `backpaint presets`.",
)
@click.option(
    "-o",
    "--output",
    "page_path",
    type=OUTPUT_FILE,
    metavar="FILE.html",
    help="Also write the report as a page, with charts.",
)
@click.option(
    "--json",
    "json_path",
    type=OUTPUT_FILE,
    metavar="FILE.json",
    help="Also write all numbers.",
)
@click.option("--dry-run", is_flag=True, help="Only tell how long it would take.")
@click.option("--quiet", "-q", is_flag=True, help="Print only the table.")
def compare(
    sizes: str,
    threads: str | None,
    rounds: int,
    only: str,
    preset: str,
    page_path: str | None,
    json_path: str | None,
    dry_run: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Time one loss and gradient on every engine that runs here and on the libraries installed.

    All compute the same objective, on the built-in pictures, in float32; each is first checked
    against the reference in float64, and not timed if it is wrong.  Each has a process of its own.
    A library takes part in the fastest of its forms.  They take turns, and medians are compared.
    Ctrl-C, or SIGTERM, keeps what was measured, and still writes the report.

    \b
    backpaint compare --dry-run
    backpaint compare --sizes 256,512 --threads 1,2 -o report.html --json report.json
    backpaint compare --only cpu,pytorch --sizes 768x512 --rounds 9
    backpaint compare --only cpu,reference --sizes 64 --rounds 3
    """
    from ..compare import Plan, run
    from ..compare.plan import parse_counts, parse_sizes
    from ..compare.report.page import page
    from ..compare.report.table import lines
    from ..errors import INTERRUPTED
    from .shared.view_output import page_writer

    wanted = {"threads": parse_counts("--threads", threads)} if threads is not None else {}
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    plan = Plan(sizes=parse_sizes(sizes), rounds=rounds, only=names, preset=preset, **wanted)
    _refuse_equal(page_path, json_path)
    write_page, write_json = page_writer(page_path), page_writer(json_path)
    expected = _announce(plan, quiet and not dry_run)
    if dry_run:
        return
    with _ended_like_ctrl_c():
        comparison = run(plan, None if quiet else _progress(expected))
    write_json(comparison.to_json().decode())
    write_page(page(comparison))
    click.echo("\n".join(lines(comparison)))
    _conclude(comparison)
    if comparison.interrupted:
        sys.exit(INTERRUPTED)


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Let the signals that end a program interrupt it, so that it can write what it has."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {
        number: signal.signal(number, signal.default_int_handler)
        for number in (getattr(signal, name) for name in names)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_equal(page_path: str | None, json_path: str | None) -> None:
    """Raise UsageError if one report would be written over the other."""
    from pathlib import Path

    from ..errors import UsageError

    if page_path is None or json_path is None:
        return
    if Path(page_path).resolve() == Path(json_path).resolve():
        raise UsageError(
            f"--output and --json are both {page_path}; expected two files, so choose another name"
        )


def _announce(plan: "Plan", quiet: bool) -> float:
    """Print who will be compared and how long it will take; return the seconds."""
    from ..compare.estimate import estimate, matrix_speed
    from ..words import duration

    seconds = estimate(plan, matrix_speed(max(plan.threads)))
    if not quiet:
        smallest = min(plan.sizes, key=lambda size: size[0] * size[1])
        names = ", ".join(one.name for one in plan.competitors(smallest))
        click.echo(f"comparing {names}")
        for family, reason in plan.absent().items():
            click.echo(f"without {family}: {reason}")
        click.echo(f"about {duration(seconds)} at the speed that this machine has now")
    return seconds


def _progress(expected: float) -> "OnStep | None":
    """Make the function that keeps one line of progress, where somebody looks at it."""
    if not sys.stderr.isatty():
        return None
    from ..words import duration

    begin = time.perf_counter()

    def show(done: float, text: str) -> None:
        passed = time.perf_counter() - begin
        left = max(expected - passed, passed * (1 - done) / done if done > 0.2 else 0.0)
        line = f"{done:4.0%} {text}, about {duration(left)} left"
        click.echo(f"\r{line:<95.95}", err=True, nl=False)

    return show


def _conclude(comparison: "Comparison") -> None:
    """Raise RunError if an engine of ours was found to be wrong."""
    from ..errors import RunError

    wrong = [
        row
        for cell in comparison.cells
        for row in cell.rows
        if row.wrong is not None and not row.competitor.is_library
    ]
    if wrong:
        raise RunError(
            f"{wrong[0].name} is wrong here ({wrong[0].wrong}); run: backpaint check --engine "
            f"{wrong[0].competitor.family}"
        )
