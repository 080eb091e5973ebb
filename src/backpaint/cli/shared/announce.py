"""Announcement, expected time and summary of a painting command."""

from functools import partial

from ...masks.settle import REST
from ...painting.painting import Painting
from ...painting.session import Session
from ...words import counted, duration, memory, printable


def announce(session: Session) -> str:
    """Describe the run before it begins."""
    problem, prepared = session.prepared.problem, session.prepared
    recipe = problem.recipe
    height, width = problem.shape
    styles = ", ".join(map(partial(style_of, session), prepared.given_styles))
    what = "a texture" if prepared.content is None else prepared.content.name
    trained_by = problem.weights.normalization.family
    substitutions = recipe.substitutions if trained_by == "oxford" else ()
    engine = session.engine
    needed = engine.estimate_bytes(problem)
    return "\n".join(
        [
            f"painting {what} at {width} x {height}"
            + (f" in the style of {styles}" * bool(styles)),
            *([f"coarse to fine: {sizes_of(session)}"] if session.coarser else []),
            f"preset {printable(recipe.name)}, {recipe.optimizer.__struct_config__.tag}; "
            f"{problem.weights.origin}",
            f"engine {engine.name} ({engine.describe()}), about {memory(needed)} of memory",
            *engine.remarks(problem),
            *(f"note: {text}" for text in prepared.notes),
            *(f"note: {text}" for text in recipe.disagreements + substitutions),
        ]
    )


def style_of(session: Session, number: int) -> str:
    """Name a style with its size, and with the regions where it counts.

    `number` is one of `Prepared.given_styles`.
    """
    prepared = session.prepared
    name, pixels = prepared.styles[number].name, prepared.problem.styles[number]
    told = f"{name} ({pixels.shape[1]} x {pixels.shape[0]})"
    names = prepared.mask_names
    if names is None or not names.painted:
        return told
    own = names.of_style[number]
    where = [names.painted[i] for i, other in enumerate(names.of_style) if other == own]
    words = {None: "all of it", REST: "the rest"}
    return f"{told} in {' and '.join(words.get(one, str(one)) for one in where)}"


def sizes_of(session: Session) -> str:
    """List the sizes of a run with their iterations: ``128 x 85 (150), then 256 x 170 (60)``."""
    sizes = [
        f"{problem.shape[1]} x {problem.shape[0]} ({problem.recipe.optimizer.iterations})"
        for problem in session.problems
    ]
    return f"{', '.join(sizes[:-1])}, then {sizes[-1]}"


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


def sum_up(painting: Painting, path: str) -> str:
    """Summarize the run afterwards; an error that ended it is told as one."""
    why = "" if painting.error is not None else f": {painting.reason}"
    if not painting.history:
        return f"nothing was painted{why}"
    last = painting.history[-1]
    first = next(record for record in painting.history if record.scale == last.scale)
    sizes = painting.settings.get("coarser_sizes", [])
    is_early = last.scale is not None and last.scale < len(sizes)
    size = "" if last.scale is None else " at the last size"
    if is_early:
        height, width = sizes[last.scale or 0]
        size = f" at {width} x {height}"
    terms = ", ".join(f"{name} {value:.4g}" for name, value in last.terms.items())
    return (
        f"wrote {printable(path)} after {counted(painting.iterations, 'iteration')}, "
        f"{counted(len(painting.history), 'evaluation')}, {duration(last.seconds)}{why}\n"
        f"loss {first.loss:.6g} -> {last.loss:.6g}{size} ({terms})"
    )
