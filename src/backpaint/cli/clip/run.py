"""The course of ``backpaint video``: settle, paint frame after frame, assemble."""

from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import INTERRUPTED, RunError, UsageError
from ...images import Photograph
from ...one_pass import plan_pass
from ...painting.control import Control, stopped_by_signals
from ...painting.finished import versions
from ...painting.session import Start
from ...problem.recipe import Images
from ...regular_file import is_same_file
from ...stylization.one_pass import mixed_style
from ...video.clip import Clip
from ...video.course import Course
from ...video.flow.choose import FlowFiles, choose_flow
from ...video.folder import FramesFolder
from ...video.one_pass import OnePassPainter
from ...video.plan import (
    FilmPlan,
    descent_painter,
    digest,
    parse_distances,
    parse_iterations,
    parse_time,
    require_stability,
)
from ...whole_file import require_writable
from ...words import counted, printable
from ..shared.execute import say_stopping
from ..shared.messages import tell
from ..shared.options import chosen_engine, given_options
from ..shared.per_style import parse_numbers
from ..shared.request import open_with

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

    _refuse(options, output, (clip, *styles))
    plan = _plan(options, clip, styles)
    try:
        folder = FramesFolder.of(output)
        kept = folder.begin(plan.manifest, resume=options["resume"])
        say(_announce(plan, kept))
        control = Control()
        course = Course(plan, folder, say, control, kept)
        with stopped_by_signals(control, None if quiet else say_stopping) as signals:
            course.paint()
            signals.hold()
            if course.kept:
                course.write(output)
    finally:
        plan.clip.close()
    _conclude(course, output, options["keep_frames"], say)


def _refuse(options: dict[str, Any], output: str, inputs: tuple[str, ...]) -> None:
    """Raise UsageError for what could not be written, and for options that mean nothing."""
    if Path(output).suffix.lower() != ".mp4":
        raise UsageError(f"{output}: expected a film's name that ends in .mp4; rename the output")
    require_writable(output)
    if any(is_same_file(output, path) for path in inputs):
        raise UsageError(f"{output} is an input as well as an output; choose another output")
    if options["no_clobber"] and Path(output).exists():
        raise UsageError(f"{output} exists, and --no-clobber keeps what exists; choose another")
    require_stability(options["stability"])
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
    """Settle everything; nothing slow has happened then but that the clip was read once."""
    begin, end = parse_time("--start", options["start"]), parse_time("--end", options["end"])
    look_back = parse_distances(options["look_back"])
    flow = choose_flow(options["flow"], fast=options["fast"])
    clip = Clip(path, begin or 0.0, end, options["every"])
    try:
        count = clip.count()
        first = next(clip.frames())
        subject = Photograph(
            first.pixels.astype(float), None, printable(Path(path).name), first.notes
        )
        way = _one_pass if options["fast"] else _descent
        begin_painting, shape, images, told = way(options, subject, styles)
        if isinstance(flow, FlowFiles):
            flow.require(count, shape)
    except BaseException:
        clip.close()
        raise
    manifest = {
        "program": f"backpaint {__version__}",
        "clip": digest(path),
        "start": clip.begin,
        "end": clip.end,
        "every": clip.every,
        "count": count,
        "stability": options["stability"],
        "look_back": look_back,
        "flow": options["flow"],
        "styles": [digest(style) for style in styles],
        **told,
    }
    notes = [f"{subject.name}: {note}" for note in first.notes] + _notes_on_film(clip, shape)
    return FilmPlan(
        clip, count, shape, images, begin_painting, flow, look_back, manifest, tuple(notes)
    )


def _descent(
    options: dict[str, Any], subject: Photograph, styles: tuple[str, ...]
) -> tuple[Any, tuple[int, int], Images, dict[str, Any]]:
    """Settle a descent for each frame."""
    from ...presets import load_preset

    usual = load_preset(options["preset"]).optimizer.iterations
    iterations = parse_iterations(options["iterations"], usual)
    session = open_with(options | {"iterations": iterations[0]}, subject, styles)
    problem = session.prepared.problem
    if problem.content is None or problem.recipe.content is None:
        raise UsageError(
            f"the recipe {problem.recipe.name} has no content term, and would show nothing of a "
            "clip; choose another --preset"
        )
    told = session.describe(Start(problem.content, problem.recipe.initial.start, options["seed"]))
    told.pop("styles")

    def begin() -> Any:
        return descent_painter(session, iterations, options["stability"])

    told["iterations"] = iterations
    return begin, problem.shape, problem.recipe.images, {"settings": told}


def _one_pass(
    options: dict[str, Any], subject: Photograph, styles: tuple[str, ...]
) -> tuple[Any, tuple[int, int], Images, dict[str, Any]]:
    """Settle a pass for each frame."""
    name = options["engine"]
    if name == "auto":
        name = "reference" if options["dtype"] == "float64" else "cpu"
    strength = 1.0 if options["strength"] is None else options["strength"]
    color = options["color"] or "style"
    plan = plan_pass(
        subject,
        styles,
        strength=strength,
        style_shares=parse_numbers(options["style_shares"], "--style-shares"),
        size=options["size"],
        color=color,
        engine=chosen_engine(options | {"engine": name, "exact": False}),
    )
    plan.bytes()  # refuses what is too small or too large

    def begin() -> Any:
        pictures = [style.pixels for style in plan.styles]
        numbers = mixed_style(plan.networks, plan.pixels, pictures, plan.shares, strength)
        return OnePassPainter(plan.networks, numbers, options["stability"], color == "keep")

    shape = (plan.pixels.shape[0], plan.pixels.shape[1])
    told = {
        "method": "one pass",
        "strength": strength,
        "style_shares": plan.shares,
        "size": shape,
        "color": color,
        "weights_sha256": plan.networks.sha256,
        "versions": versions(),
        **plan.engine.settings(),
    }
    return begin, shape, Images(size=max(shape)), told


def _notes_on_film(clip: Clip, shape: tuple[int, int]) -> list[str]:
    """Return what the film will not have of the clip."""
    notes = []
    sound = clip.facts["sound"]
    if sound is not None and not clip.facts["sound_fits"]:
        notes.append(f"the sound, {printable(sound)}, does not fit into .mp4 and is left out")
    if any(side % 2 for side in shape):
        height, width = (side - side % 2 for side in shape)
        notes.append(f"the film has even sides: {width} x {height}, a row or column is left out")
    return notes


def _announce(plan: FilmPlan, kept: list[dict[str, Any]]) -> str:
    """Return what will be done."""
    height, width = plan.shape
    lines = [f"painting {counted(plan.count, 'frame')} at {width} x {height}"]
    if kept:
        lines.append(f"going on behind frame {len(kept)}")
    return "\n".join([*lines, *(f"note: {note}" for note in plan.notes)])


def _conclude(course: Course, output: str, keep_frames: bool, say: Any) -> None:
    """Sum up; raise what went wrong with frames, exit if it was interrupted."""
    count = counted(len(course.kept), "frame")
    name = printable(output)
    if course.interrupted:
        wrote = f"wrote {name} of {count}; " if course.kept else ""
        say(f"{wrote}go on with --resume")
        raise SystemExit(INTERRUPTED)
    if not keep_frames:
        course.folder.remove()
    say(f"wrote {name} of {count}")
    if course.failed:
        raise RunError(
            f"{counted(len(course.failed), 'frame')} failed and shows its last good picture; "
            f"{course.failed[0]}"
        )
