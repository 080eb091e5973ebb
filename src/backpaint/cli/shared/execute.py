"""What painting commands have in common: announce, run, save, sum up."""

import os
import sys
import time
from contextlib import ExitStack, suppress
from typing import Any

from numpy.typing import NDArray

from ...engine.objective import Objective
from ...errors import INTERRUPTED, RunError
from ...images import write_image
from ...painting.control import Control, stopped_by_signals
from ...painting.journal import Journal
from ...painting.one_pass_start import FAST
from ...painting.painting import Painting, finished_pixels
from ...painting.pictures import photograph
from ...painting.plot import plot_losses
from ...painting.prepare import stretch_note
from ...painting.progress import Progress, expected_evaluations
from ...painting.run import OnEvaluation, OnIteration, Record
from ...painting.session import Session
from ...words import counted, duration
from .announce import announce, seconds_per_evaluation, sum_up
from .messages import tell, unheard
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
    is_picture = init not in ("preset", FAST)
    if is_picture:
        init = photograph(init)
    control = Control()
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(outputs.log_path)) if outputs.log_path else None
        outputs.say(announce(session))
        if is_picture and (note := stretch_note(init, session.prepared.problem.shape)):
            outputs.say(f"note: {note}")
        objective = build(session, outputs)
        # from here to the last picture: a signal ends the run, and what is painted is kept
        say = None if outputs.quiet else say_stopping
        signals = stack.enter_context(stopped_by_signals(control, say))
        with Progress(session.prepared.problem.recipe.optimizer, quiet=outputs.quiet) as progress:
            painting = session.paint(
                objective,
                seed=seed,
                init=init,
                color=color,
                control=control,
                on_evaluation=reporter(progress, journal),
                on_iteration=saver(session, objective, outputs, color),
            )
        signals.hold()
        keep(painting, outputs)
    if journal is not None and journal.trouble is not None:
        tell(f"note: {journal.trouble}", "stderr")
    conclude(painting, objective, outputs)


def say_stopping(reason: str) -> None:
    """Tell, out of a signal's handler, that the run will end; `print` may be at work itself."""
    with suppress(AttributeError, OSError, ValueError):
        text = f"\n{reason}: stopping after this evaluation; once more stops at once\n"
        os.write(sys.stderr.fileno(), text.encode())


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
        with unheard("stderr"):
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
            try:
                write_image(outputs.numbered(iteration), pixels, alpha)
            except RunError as error:  # the run goes on: its last picture matters more
                outputs.say(f"note: {error}")

    return on_iteration


def keep(painting: Painting, outputs: Outputs) -> None:
    """Write the picture and the plot; after a failure, the last good picture if there is one."""
    if painting.history:
        outputs.save(painting.save)
        if outputs.plot_path is not None:
            plot_losses(painting.history, outputs.plot_path, painting.settings["preset"])


def conclude(painting: Painting, objective: Objective, outputs: Outputs) -> None:
    """Tell how it went; raise what ended a failed run, exit where somebody interrupted it."""
    outputs.say(sum_up(painting, outputs.picture))
    if outputs.profile:
        outputs.tell(objective.profile_table(painting.x) or "")
    if painting.error is not None:
        raise painting.error
    if painting.interrupted:
        raise SystemExit(INTERRUPTED)
