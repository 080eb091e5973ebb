"""What painting commands have in common: announce, run, save, sum up."""

import re
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from numpy.typing import NDArray

from ..cpu import CPUObjective
from ..cpu.stopwatch import profile_table
from ..engines import estimate_bytes
from ..errors import UsageError
from ..images import check_writable, write_image
from ..journal import Journal
from ..painting import Painting, finished_pixels
from ..plot import check_plot, plot_losses
from ..prepare import photograph, stretch_note
from ..progress import Progress, duration, expected_evaluations
from ..run import Record
from ..session import Session
from . import INTERRUPTED


@dataclass(frozen=True)
class Outputs:
    """Where a command writes, and how much it says.

    Attributes
    ----------
    picture : str
        The painting.
    save_every : int or None
        Iterations between pictures on the way.
    log_path, plot_path : str or None
    profile : bool
        Whether to print at the end where an evaluation's time goes.
    quiet : bool
    """

    picture: str
    save_every: int | None
    log_path: str | None
    plot_path: str | None
    profile: bool
    quiet: bool

    def check(self, *inputs: str) -> None:
        """Refuse, before any work, what could not be written or would destroy an input."""
        check_writable(self.picture)
        if self.plot_path is not None:
            check_plot(self.plot_path)
        written = [path for path in (self.picture, self.log_path, self.plot_path) if path]
        for path in written:
            if any(Path(path).resolve() == Path(source).resolve() for source in inputs):
                raise UsageError(f"{path} is an input as well as an output; choose another output")
        pictures = re.compile(rf"{re.escape(Path(self.picture).stem)}-\d{{4,}}")
        if self.save_every and any(pictures.fullmatch(Path(source).stem) for source in inputs):
            raise UsageError("--save-every would write over an input; choose another output")
        if len({Path(path).resolve() for path in written}) < len(written):
            raise UsageError("two outputs have the same name; choose another one")

    def numbered(self, iteration: int) -> Path:
        """Name the picture of one iteration: ``out-0050.png``."""
        path = Path(self.picture)
        return path.with_name(f"{path.stem}-{iteration:04d}{path.suffix}")


def execute(
    session: Session, outputs: Outputs, *, seed: int, init: Any = "preset", color: Any = "style"
) -> None:
    """Paint, and exit with the code that tells how it went.

    Parameters
    ----------
    session : Session
        Everything that is settled before the run.
    outputs : Outputs
        Already checked.
    seed, init, color
        As for `backpaint.paint`.
    """

    def say(text: str) -> None:
        if not outputs.quiet:
            click.echo(text)

    if outputs.profile and session.engine != "cpu":
        raise UsageError(f"--profile is of the engine cpu; this run has {session.engine}")
    optimizer = session.prepared.problem.recipe.optimizer
    if init != "preset":
        init = photograph(init)
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(outputs.log_path)) if outputs.log_path else None
        say(announce(session))
        if init != "preset" and (note := stretch_note(init, session.prepared.problem.shape)):
            say(f"note: {note}")
        begin = time.perf_counter()
        objective = session.build()
        seconds = seconds_per_evaluation(session, time.perf_counter() - begin)
        total = expected_evaluations(optimizer)
        say(f"at least {total} evaluations, about {duration(total * seconds)} on this machine")
        progress = stack.enter_context(Progress(optimizer, quiet=outputs.quiet))
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # keeps the picture, as Ctrl-C

        content = session.prepared.content
        alpha = None if content is None else content.alpha

        def on_evaluation(record: Record) -> None:
            progress.show(record)
            if journal is not None:
                journal.write(record)

        def on_iteration(iteration: int, x: NDArray[Any]) -> None:
            if iteration % (outputs.save_every or 1) == 0:
                pixels = finished_pixels(x, objective, color)
                write_image(outputs.numbered(iteration), pixels, alpha)

        painting = session.paint(
            objective,
            seed=seed,
            init=init,
            color=color,
            on_evaluation=on_evaluation,
            on_iteration=on_iteration if outputs.save_every else None,
        )
    keep(painting, outputs)
    if journal is not None and journal.trouble is not None:
        click.echo(f"note: {journal.trouble}", err=True)
    say(sum_up(painting, outputs.picture))
    if isinstance(objective, CPUObjective) and outputs.profile:
        click.echo(profile_table(objective.profile(painting.x)))
    if painting.error is not None:
        raise painting.error
    if painting.interrupted:
        raise SystemExit(INTERRUPTED)


def announce(session: Session) -> str:
    """Tell what will be done, before it is done."""
    problem, prepared = session.prepared.problem, session.prepared
    recipe = problem.recipe
    height, width = problem.shape
    styles = ", ".join(
        f"{photo.name} ({pixels.shape[1]} x {pixels.shape[0]})"
        for photo, pixels in zip(prepared.styles, problem.styles, strict=True)
    )
    what = "a texture" if prepared.content is None else prepared.content.name
    trained_by = problem.weights.normalization.family
    substitutions = recipe.substitutions if trained_by == "oxford" else ()
    needed = estimate_bytes(
        problem,
        session.engine,
        session.dtype,
        threads=session.threads,
        exact=session.exact,
        precision=session.precision,
    )
    numbers: str = session.dtype
    if session.engine == "gpu" and session.dtype == "float32":
        numbers = f"{session.precision} on {device_name(session.device)}"
    return "\n".join(
        [
            f"painting {what} at {width} x {height}"
            + (f" in the style of {styles}" * bool(styles)),
            f"preset {recipe.name}, {recipe.optimizer.__struct_config__.tag}; "
            f"{problem.weights.origin}",
            f"engine {session.engine} ({numbers}), about {needed / 1e9:.1f} GB of memory",
            *(f"note: {text}" for text in prepared.notes),
            *(f"note: {text}" for text in recipe.disagreements + substitutions),
        ]
    )


def device_name(device: int) -> str:
    """Name a GPU."""
    from ..gpu.device import require_device

    return require_device(device).name


def seconds_per_evaluation(session: Session, building: float) -> float:
    """Estimate an evaluation's time from that of the targets, which are forward passes.

    Parameters
    ----------
    session : Session
    building : float
        Seconds that the targets took: one forward pass for each picture.

    Returns
    -------
    float
        Seconds; forward and backward cost the same.
    """
    problem = session.prepared.problem
    height, width = problem.shape
    pictures = [picture for picture in (problem.content, *problem.styles) if picture is not None]
    passed: int = sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    return 2 * building * height * width / passed


def keep(painting: Painting, outputs: Outputs) -> None:
    """Write the picture and the plot; after a failure, the last good picture if there is one."""
    if painting.history:
        painting.save(outputs.picture)
        if outputs.plot_path is not None:
            plot_losses(painting.history, outputs.plot_path, painting.settings["preset"])


def sum_up(painting: Painting, path: str) -> str:
    """Tell how it went, afterwards."""
    if not painting.history:
        return f"nothing was painted: {painting.reason}"
    last = painting.history[-1]
    terms = ", ".join(f"{name} {value:.4g}" for name, value in last.terms.items())
    return (
        f"wrote {path} after {painting.iterations} iterations, {len(painting.history)} "
        f"evaluations, {duration(last.seconds)}: {painting.reason}\n"
        f"loss {painting.history[0].loss:.6g} -> {last.loss:.6g} ({terms})"
    )
