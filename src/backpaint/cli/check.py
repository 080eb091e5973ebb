"""``backpaint check``: every gradient, compared with what other ways of finding it give."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from .shared import completions
from .shared.options import OUTPUT_FILE
from .shared.view_output import page_writer

if TYPE_CHECKING:
    from ..check import Plan
    from ..engine.engine import DTypeName


@click.command(short_help="Check every gradient by loops, finite differences and autograd.")
@click.option(
    "--operation",
    "operations",
    multiple=True,
    metavar="NAME",
    help="conv, max_pool, gram, tv ...; may be repeated. Absent: all.",
)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    metavar="HxWxC",
    help="Height, width, channels for operations; may be repeated. Absent: 12 nasty sizes.",
)
@click.option(
    "--preset",
    "presets",
    multiple=True,
    metavar="NAME",
    shell_complete=completions.preset_names,
    help="Whole presets, real weights, 21 x 17 pixels; may be repeated. Absent: all.",
)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    shell_complete=completions.engine_names,
    help="Who computes: reference, cpu, gpu; may be repeated. Absent: all that can run here.",
)
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    type=click.Choice(["float64", "float32"]),
    help="Absent: both.",
)
@click.option(
    "--html",
    "html_path",
    type=OUTPUT_FILE,
    metavar="FILE.html",
    help="Also write the report as a page.",
)
@click.option(
    "--emulate",
    is_flag=True,
    help="Run the engine gpu on the processor: its kernels compiled by g++, thread by thread.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print only the summary.")
def check(
    operations: tuple[str, ...],
    sizes: tuple[str, ...],
    presets: tuple[str, ...],
    engines: tuple[str, ...],
    dtypes: "tuple[DTypeName, ...]",
    html_path: str | None,
    emulate: bool,
    quiet: bool,
) -> None:
    """Compare every gradient with what other ways of finding it give.

    Operations: central differences in float64 along random directions, away from kinks; the
    adjoint identity <Jv, u> = <v, J'u>; the formulas as loops; autograd of PyTorch, JAX and
    TensorFlow, whichever is installed; float32 against float64.  Presets, with real weights: the
    same for the whole objective.  Other engines: each operation and each preset against the
    reference.  Exit code 1 if anything is wrong.

    \b
    backpaint check
    backpaint check --operation conv --size 5x7x3
    backpaint check --preset gatys --html report.html
    backpaint check --engine cpu --operation conv --size 37x22x64 --size 9x70x64
    backpaint check --engine gpu --emulate --preset gatys --dtype float64
    """
    from contextlib import nullcontext

    from ..check import run
    from ..check.libraries.libraries import missing_libraries
    from ..check.page import page
    from ..check.table import REASONS, lines, summary
    from ..gpu.device import device

    write = page_writer(html_path)
    with device.emulate() if emulate else nullcontext():
        plan = _plan(operations, sizes, presets, engines, dtypes)
        results = run(plan, None if quiet else _show_progress())
    missing = missing_libraries()
    write(page(results, missing, _about()))
    if not quiet:
        click.echo("\n".join([*lines(results), ""]))
    click.echo("\n".join(summary(results, missing)))
    if not all(result.passed for result in results):
        click.echo("\nWhy a right gradient can look wrong:")
        for name, text in REASONS:
            click.echo(click.wrap_text(f"{name}: {text}", 98, "  ", "    "))
        sys.exit(1)


def _plan(
    operations: tuple[str, ...],
    sizes: tuple[str, ...],
    presets: tuple[str, ...],
    engines: tuple[str, ...],
    dtypes: "tuple[DTypeName, ...]",
) -> "Plan":
    """Turn options into a plan; asking for operations leaves out presets, and the other way."""
    from ..check import Plan, find_operations, parse_size
    from ..presets import preset_text

    wanted: dict[str, Any] = {}
    for name in presets:
        preset_text(name)  # those that come with backpaint: a file's recipe has no reference
    if operations or presets or sizes:
        wanted["presets"] = list(presets)
    if operations or (presets and not sizes):  # sizes alone: all operations, at these
        wanted["operations"] = find_operations(operations)
    if sizes:
        wanted["sizes"] = [parse_size(size) for size in sizes]
    if engines:
        wanted["engines"] = [_engine_name(name, dtypes) for name in engines]
    if dtypes:
        wanted["dtypes"] = dtypes
    return Plan(**wanted)


def _engine_name(name: str, dtypes: "tuple[DTypeName, ...]") -> str:
    """Find the engine that an option names, and see that it runs here."""
    from ..engines import engine_class, engine_name

    wanted: tuple[DTypeName, ...] = dtypes or ("float32",)
    having = [d for d in wanted if name == "auto" or engine_class(name).for_check(d)]
    found = engine_name(name, (having or wanted)[0])
    engine_class(found)().require_usable()
    return found


def _show_progress() -> Callable[[int, int, str], None] | None:
    """Make the function that keeps one line of progress, where somebody looks at it."""
    if not sys.stderr.isatty():
        return None

    def show(number: int, total: int, subject: str) -> None:
        click.echo(f"\r{number}/{total} {subject:<40}", err=True, nl=False)
        if number == total:
            click.echo("\r" + " " * 60 + "\r", err=True, nl=False)

    return show


def _about() -> str:
    """Name the versions behind a report."""
    import platform
    from importlib import import_module

    from ..check.libraries.libraries import LIBRARIES, missing_libraries

    judges = [name for name in LIBRARIES if name not in missing_libraries()]
    modules = [import_module(name) for name in ("backpaint", "numpy", *judges)]
    versions = [f"{module.__name__} {module.__version__}" for module in modules]
    return ", ".join([*versions, f"Python {platform.python_version()}", platform.system()])
