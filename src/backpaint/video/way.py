"""The way in which a clip's frames are painted: by a descent each, or in one pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import UsageError
from ..one_pass import Plan as Pass
from ..painting.finished import versions
from ..painting.session import Session, Start
from ..problem.recipe import Images
from ..stylization.one_pass import mixed_style
from .descent import DescentPainter
from .memory import Painter
from .one_pass import OnePassPainter
from .temporal_term import TERM_BYTES

METHOD = 3
"""Of the arithmetic of frames, by descent and in one pass; raise it with any change of what a
frame's bytes are computed by (start, terms, trust, blending, warping), so that no film is gone on
with in another way than it was begun."""

Begin = Callable[[], Painter]
"""Builds the painter, which may take long."""


@dataclass(frozen=True, eq=False)
class Way:
    """The way in which frames are painted, settled.

    Attributes
    ----------
    begin : callable
        Builds the painter.
    shape : (int, int)
        Height and width that are painted.
    images : Images
        How frames are resized to it.
    told : dict
        What the painting depends on, for a run that goes on.
    notes : tuple of str
    """

    begin: Begin
    shape: tuple[int, int]
    images: Images
    told: dict[str, Any]
    notes: tuple[str, ...] = ()


def by_descent(session: Session, iterations: tuple[int, int], stability: float, seed: int) -> Way:
    """Return the way of a session whose content is the first frame.

    Parameters
    ----------
    session : Session
    iterations : (int, int)
        For the first frame of a scene, and for every other.
    stability : float
        See `DescentPainter`.
    seed : int

    Raises
    ------
    UsageError
        If its recipe has no content term, and would show nothing of a clip.
    """
    problem = session.prepared.problem
    if problem.content is None or problem.recipe.content is None:
        raise UsageError(
            f"the recipe {problem.recipe.name} has no content term, and would show nothing of a "
            "clip; choose another preset"
        )
    told = session.describe(Start(problem.content, problem.recipe.initial.start, seed))
    told.pop("styles")
    told["iterations"] = iterations
    notes = ("every frame is painted at the last size alone",) if session.coarser else ()

    def begin() -> Painter:
        return descent_painter(session, iterations, stability)

    return Way(
        begin, problem.shape, problem.recipe.images, {"way": "descent", "settings": told}, notes
    )


def in_one_pass(plan: Pass, stability: float) -> Way:
    """Return the way of a pass whose content is the first frame."""
    plan.bytes()  # refuses what is too small or too large

    def begin() -> Painter:
        pictures = [style.pixels for style in plan.styles]
        numbers = mixed_style(plan.networks, plan.pixels, pictures, plan.shares, plan.strength)
        return OnePassPainter(plan.networks, numbers, stability, plan.color == "keep")

    shape = (plan.pixels.shape[0], plan.pixels.shape[1])
    told = {
        "way": "one pass",
        "strength": plan.strength,
        "style_shares": plan.shares,
        "size": shape,
        "color": plan.color,
        "weights_sha256": plan.networks.sha256,
        "versions": versions(),
        **plan.engine.settings(),
    }
    return Way(begin, shape, Images(size=max(shape)), told)


def descent_painter(
    session: Session, iterations: tuple[int, int], stability: float
) -> DescentPainter:
    """Build the painter of a session whose content is the first frame."""
    return DescentPainter(
        session.build(beside=TERM_BYTES), iterations, stability, session.optimizer_on
    )
