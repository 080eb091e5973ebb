"""The course of a painting command: announce, run, save, sum up."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ...checkpoint import EVERY, FileKeeper
from ...engine.objective import Objective
from ...engines import TILES
from ...errors import INTERRUPTED, RunError
from ...images import write_image
from ...painting.control import Control, stopped_by_signals
from ...painting.diary.journal import Journal
from ...painting.diary.plot import plot_losses
from ...painting.diary.progress import Progress, expected_in_all, expected_work
from ...painting.one_pass_start import FAST, require_one_pass
from ...painting.painting import Painting, finished_pixels
from ...painting.pictures import photograph
from ...painting.prepare import stretch_note
from ...painting.run import OnEvaluation, OnIteration, Record
from ...painting.session import Session, Start
from ...painting.standing import Keeper, Standing
from ...words import counted, duration
from .announce import announce, seconds_per_evaluation, sum_up
from .messages import tell, unheard
from .outputs import Outputs

if TYPE_CHECKING:
    from ...film.recorder import Recorder


def execute(
    session: Session,
    outputs: Outputs,
    *,
    seed: int = 0,
    init: Any = "preset",
    start: Start | None = None,
) -> None:
    """Paint, and exit with the code that tells how it went.

    Parameters
    ----------
    session : Session
        Everything that is settled before the run.
    outputs : Outputs
        Already checked.
    seed, init
        As for `backpaint.paint`.
    start : Start, optional
        Where a run stood that goes on.
    """
    history = start.at.history if start is not None and isinstance(start.at, Standing) else ()
    is_picture = init not in ("preset", FAST)
    if is_picture:
        init = photograph(init)
    elif init == FAST:
        require_one_pass(session.prepared, session.engine)
    outputs.say_replaced()
    control = Control()
    with ExitStack() as stack:
        journal = None
        if outputs.log_path is not None:
            journal = stack.enter_context(Journal(outputs.log_path, history))
        recorder = filming(session, outputs, stack)
        outputs.say(announce(session))
        if is_picture and (note := stretch_note(init, session.prepared.problem.shape)):
            outputs.say(f"note: {note}")
        prepared = session.prepared
        given = [prepared.styles[number] for number in prepared.given_styles]
        outputs.save_styles(given, prepared.styles_as_shown)
        first = 0 if start is None or history else start.scale  # sizes before it are not painted
        objective = build(session, outputs, len(history), first)
        # from here to the last picture: a signal ends the run, and what is painted is kept
        say = None if outputs.quiet else say_stopping
        signals = stack.enter_context(stopped_by_signals(control, say))
        optimizer, last = session.prepared.problem.recipe.optimizer, history[-1:]
        with Progress(
            optimizer,
            quiet=outputs.quiet,
            before=next(iter(last), None),
            stages=session.stages,
            first=first,
        ) as progress:
            listeners: dict[str, Any] = {
                "on_evaluation": reporter(progress, journal),
                "on_iteration": saver(session, objective, outputs),
            }
            if recorder is not None:
                listeners = recorder.listeners(**listeners)
            painting = session.paint(
                objective,
                seed=seed,
                init=init,
                control=control,
                start=start,
                keeper=keeping(session, outputs),
                **listeners,
            )
        signals.hold()
        keep(painting, outputs)
        if recorder is not None:
            recorder.finish(painting)
    for witness in (journal, recorder):
        if witness is not None and witness.trouble is not None:
            say_trouble(witness.trouble)
    conclude(painting, objective, outputs)


def say_stopping(reason: str) -> None:
    """Report, in a signal's handler, that the run will end; `print` may be at work itself."""
    with suppress(AttributeError, OSError, ValueError):
        text = f"\n{reason}: stopping after this evaluation; once more stops at once\n"
        os.write(sys.stderr.fileno(), text.encode())


def build(session: Session, outputs: Outputs, done: int = 0, first: int = 0) -> Objective:
    """Build the objective, and tell from the time that it took how long the run will take.

    Parameters
    ----------
    session : Session
    outputs : Outputs
    done : int
        Evaluations that were made before.
    first : int
        The size at which it begins.
    """
    begin = time.perf_counter()
    objective = session.build()
    seconds = seconds_per_evaluation(session, time.perf_counter() - begin)
    stages = session.stages[first:]
    total = expected_in_all(stages) - done
    if total <= 0:
        return objective
    if session.engine.name == TILES:  # whose workers were started, and have targets to compute
        outputs.say(f"at least {counted(total, 'evaluation')}")
        return objective
    work = (expected_work(stages) - expected_work(stages, done)) / stages[-1][1]
    evaluations, time_needed = counted(total, "evaluation"), duration(work * seconds)
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


def filming(session: Session, outputs: Outputs, stack: ExitStack) -> "Recorder | None":
    """Make the run's recorder, if there is to be a film."""
    if outputs.film is None:
        return None
    from ...film.recorder import Recorder

    return stack.enter_context(Recorder(outputs.film, session.stages))


def keeping(session: Session, outputs: Outputs) -> Callable[[Start], Keeper] | None:
    """Make what makes the run's keeper, if it is to be kept."""
    if outputs.checkpoint_path is None:
        return None
    path, every = outputs.checkpoint_path, outputs.checkpoint_every or EVERY
    return partial(FileKeeper, path, every, session, say_trouble)


def say_trouble(text: str) -> None:
    """Return what went wrong while the run goes on, whatever --quiet says."""
    tell(f"note: {text}", "stderr")


def saver(session: Session, objective: Objective, outputs: Outputs) -> OnIteration | None:
    """Make the function that writes pictures on the way, if they are wanted."""
    every = outputs.save_every
    if every is None:
        return None
    content = session.prepared.content
    alpha = None if content is None else content.alpha

    def on_iteration(iteration: int, x: NDArray[Any]) -> None:
        if iteration % every == 0:
            pixels = finished_pixels(x, objective)
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
    """Print the summary; raise what ended a failed run, exit if it was interrupted."""
    outputs.say(sum_up(painting, outputs.picture))
    if outputs.profile:
        outputs.tell(objective.profile_table(painting.x) or "")
    if painting.error is not None:
        raise painting.error
    if painting.interrupted:
        raise SystemExit(INTERRUPTED)
