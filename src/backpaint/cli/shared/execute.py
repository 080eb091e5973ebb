"""What painting commands have in common: announce, run, save, sum up."""

import signal
import time
from contextlib import ExitStack
from typing import Any

import click
from numpy.typing import NDArray

from ...cpu import CPUObjective
from ...cpu.threads.stopwatch import profile_table
from ...engine.objective import Objective
from ...errors import INTERRUPTED
from ...images import write_image
from ...painting.journal import Journal
from ...painting.painting import Painting, finished_pixels
from ...painting.plot import plot_losses
from ...painting.prepare import photograph, stretch_note
from ...painting.progress import Progress, expected_evaluations
from ...painting.run import OnEvaluation, OnIteration, Record
from ...painting.session import Session
from ...words import counted, duration
from .announce import announce, seconds_per_evaluation, sum_up
from .outputs import Outputs


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
    problem = session.prepared.problem
    if init != "preset":
        init = photograph(init)
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(outputs.log_path)) if outputs.log_path else None
        outputs.say(announce(session))
        if init != "preset" and (note := stretch_note(init, problem.shape)):
            outputs.say(f"note: {note}")
        objective = build(session, outputs)
        progress = stack.enter_context(Progress(problem.recipe.optimizer, quiet=outputs.quiet))
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # keeps the picture, as Ctrl-C
        painting = session.paint(
            objective,
            seed=seed,
            init=init,
            color=color,
            on_evaluation=reporter(progress, journal),
            on_iteration=saver(session, objective, outputs, color),
        )
    keep(painting, outputs)
    if journal is not None and journal.trouble is not None:
        click.echo(f"note: {journal.trouble}", err=True)
    conclude(painting, objective, outputs)


def build(session: Session, outputs: Outputs) -> Objective:
    """Build the objective, and tell from the time that it took how long the run will take."""
    begin = time.perf_counter()
    objective = session.build()
    seconds = seconds_per_evaluation(session, time.perf_counter() - begin)
    total = expected_evaluations(session.prepared.problem.recipe.optimizer)
    evaluations, time_needed = counted(total, "evaluation"), duration(total * seconds)
    outputs.say(f"at least {evaluations}, about {time_needed} on this machine")
    return objective


def reporter(progress: Progress, journal: Journal | None) -> OnEvaluation:
    """Make the function that shows every evaluation, and writes it down."""

    def on_evaluation(record: Record) -> None:
        progress.show(record)
        if journal is not None:
            journal.write(record)

    return on_evaluation


def saver(
    session: Session, objective: Objective, outputs: Outputs, color: Any
) -> OnIteration | None:
    """Make the function that writes pictures on the way, if they are wanted."""
    every = outputs.save_every
    if every is None:
        return None
    content = session.prepared.content
    alpha = None if content is None else content.alpha

    def on_iteration(iteration: int, x: NDArray[Any]) -> None:
        if iteration % every == 0:
            pixels = finished_pixels(x, objective, color)
            write_image(outputs.numbered(iteration), pixels, alpha)

    return on_iteration


def keep(painting: Painting, outputs: Outputs) -> None:
    """Write the picture and the plot; after a failure, the last good picture if there is one."""
    if painting.history:
        painting.save(outputs.picture)
        if outputs.plot_path is not None:
            plot_losses(painting.history, outputs.plot_path, painting.settings["preset"])


def conclude(painting: Painting, objective: Objective, outputs: Outputs) -> None:
    """Tell how it went; raise what ended a failed run, exit where somebody interrupted it."""
    outputs.say(sum_up(painting, outputs.picture))
    if isinstance(objective, CPUObjective) and outputs.profile:
        click.echo(profile_table(objective.profile(painting.x)))
    if painting.error is not None:
        raise painting.error
    if painting.interrupted:
        raise SystemExit(INTERRUPTED)
