"""The course of ``backpaint video``: options, film, exit code."""

from functools import partial
from typing import Any

from ...errors import INTERRUPTED, UsageError
from ...images import Photograph
from ...one_pass import plan_pass
from ...painting.control import Control, stopped_by_signals
from ...regular_file import is_there
from ...video.clip import Clip
from ...video.course import PaintedVideo, Say, make_film, require_film
from ...video.given import (
    parse_distances,
    parse_iterations,
    parse_time,
    require_span,
    require_stability,
)
from ...video.plan import Agreement, FilmPlan, plan_film
from ...video.way import Way, by_descent, in_one_pass
from ...words import counted, printable
from ..shared.chosen import chosen_engine, given_options
from ..shared.execute import say_stopping
from ..shared.messages import tell
from ..shared.per_style import parse_numbers
from ..shared.request import inputs_of, open_with

OF_FAST = {"clip", "styles", "output", "start", "end", "every", "resume", "keep_frames",
           "stability", "look_back", "flow", "fast", "strength", "style_shares", "color", "size",
           "engine", "threads", "dtype", "no_clobber", "quiet"}  # fmt: skip
"""Options that mean something in one pass."""


def paint_clip(options: dict[str, Any], clip: str, styles: tuple[str, ...]) -> None:
    """Paint a clip, and exit with the code that tells how it went.

    Parameters
    ----------
    options : dict
        The values of the command's options.
    clip, styles
        As on the command line.
    """
    output, quiet = options["output"], options["quiet"]

    def say(text: str) -> None:
        if not quiet:
            tell(text, "stdout")

    require_film(output, _inputs(options, clip, styles))
    if options["no_clobber"] and is_there(output):
        raise UsageError(f"{output} exists, and --no-clobber keeps what exists; choose another")
    _refuse_of_other_way(options)
    plan = _plan(options, clip, styles)
    control = Control()
    with stopped_by_signals(control, None if quiet else say_stopping) as signals:
        painted = make_film(
            plan,
            output,
            resume=options["resume"],
            keep_frames=options["keep_frames"],
            say=say,
            control=control,
            on_painted=signals.hold,
        )
    _conclude(painted, say)


def _inputs(options: dict[str, Any], clip: str, styles: tuple[str, ...]) -> list[str]:
    """List the files that are read."""
    return [clip, *styles] if options["fast"] else inputs_of(options, clip, styles)


def _refuse_of_other_way(options: dict[str, Any]) -> None:
    """Raise UsageError for options that mean nothing in one pass, or in a descent."""
    if options["fast"]:
        other = [name for name in given_options() if name not in OF_FAST]
        if other:
            name = other[0].replace("_", "-").replace("changes", "set")
            raise UsageError(
                f"--{name} is of a descent, and --fast has none; leave one of them out"
            )
    elif options["strength"] is not None:
        raise UsageError("--strength came without --fast; leave it out, or add --fast")


def _plan(options: dict[str, Any], path: str, styles: tuple[str, ...]) -> FilmPlan:
    """Settle everything."""
    begin, end = parse_time("--start", options["start"]), parse_time("--end", options["end"])
    require_span(begin, end)
    agreement = Agreement(
        require_stability(options["stability"]),
        parse_distances(options["look_back"]),
        options["flow"],
    )
    way = _one_pass if options["fast"] else _descent
    clip = Clip(path, begin or 0.0, end, options["every"])
    settle = partial(way, options, styles)
    return plan_film(clip, styles, settle, agreement, fast=options["fast"])


def _descent(options: dict[str, Any], styles: tuple[str, ...], subject: Photograph) -> Way:
    """Settle a descent for each frame."""
    from ...presets import load_preset

    usual = load_preset(options["preset"]).optimizer.iterations
    iterations = parse_iterations(options["iterations"], usual)
    session = open_with(options | {"iterations": iterations[0]}, subject, styles)
    return by_descent(session, iterations, options["stability"], options["seed"])


def _one_pass(options: dict[str, Any], styles: tuple[str, ...], subject: Photograph) -> Way:
    """Settle a pass for each frame."""
    name = options["engine"]
    if name == "auto":
        name = "reference" if options["dtype"] == "float64" else "cpu"
    plan = plan_pass(
        subject,
        styles,
        strength=1.0 if options["strength"] is None else options["strength"],
        style_shares=parse_numbers(options["style_shares"], "--style-shares"),
        size=options["size"],
        color=options["color"] or "style",
        engine=chosen_engine(options | {"engine": name, "exact": False}),
    )
    return in_one_pass(plan, options["stability"])


def _conclude(painted: PaintedVideo, say: Say) -> None:
    """Sum up; raise what went wrong with frames, exit if it was interrupted."""
    wrote = f"wrote {printable(painted.path)} of {counted(len(painted.frames), 'frame')}"
    if painted.interrupted:
        say(f"{wrote}; go on with --resume" if painted.frames else "go on with --resume")
        raise SystemExit(INTERRUPTED)
    say(wrote)
    painted.require_whole()
