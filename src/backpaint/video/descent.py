"""Frames by descent: each begins at the warped painting before it, and stays near it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec.structs import replace

from ..engine.objective import Objective
from ..painting.control import Control
from ..painting.painting import finished_pixels, seen_pixels
from ..painting.run import OptimizerPlace, run
from ..problem.gray import gray_picture
from ..problem.pixels import to_variable
from ..problem.recipe import Recipe
from .flow.frame import Frame
from .flow.guide import Guide
from .flow.revealed import revealed_start
from .flow.warp import Float64
from .temporal_term import TemporalTerm

HUNDREDTH = 1 / 100
"""Square levels: at stability 1, ten levels off everywhere cost what is left of the first loss."""


@dataclass(frozen=True, eq=False)
class PaintedFrame:
    """A frame's painting, and how it went.

    Attributes
    ----------
    seen : (H, W, 3) ndarray of float64
        Whole levels 0..255, as the network sees them.
    shown : (H, W, 3) ndarray of float64
        Likewise, as a person shall see them: with the clip's colors where those are kept.
    facts : dict
        Loss, evaluations, and whatever else is worth a line in the log.
    error : str or None
        Why the frame is only the last good picture of its descent.
    interrupted : bool
        Whether it is unfinished, since somebody ended the run.
    """

    seen: Float64
    shown: Float64
    facts: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    interrupted: bool = False


@dataclass(eq=False)
class DescentPainter:
    """Paints frames of one size by minimizing an objective with temporal terms.

    Attributes
    ----------
    objective : Objective
        Of the recipe, for any content of that size.
    iterations : (int, int)
        For the first frame of a scene, and for every other.
    stability : float
        How much likeness to the warped painting counts; 0: only the start is taken from it.
    optimizer_on : str
        See `run`.
    base : float
        Loss of the content and style terms at the end of the scene's first frame: the unit of
        `stability`.
    """

    objective: Objective
    iterations: tuple[int, int]
    stability: float = 1.0
    optimizer_on: OptimizerPlace = "auto"
    base: float = 0.0

    def paint(self, frame: Frame, guide: Guide | None, control: Control) -> PaintedFrame:
        """Paint a frame.

        Parameters
        ----------
        frame : Frame
        guide : Guide or None
            None begins a scene: from where the recipe begins.
        control : Control
            Stops the descent from elsewhere.
        """
        objective = self.objective.with_content(frame.pixels)
        recipe = objective.problem.recipe
        start = objective.initial()
        if guide is not None:
            objective = objective.with_terms(*self._terms(guide, recipe))
            start = _start(revealed_start(frame.pixels, guide), recipe)
        result = run(
            objective,
            start,
            control=control,
            optimizer=replace(recipe.optimizer, iterations=self.iterations[guide is not None]),
            optimizer_on=self.optimizer_on,
        )
        terms = result.history[-1].terms if result.history else {}
        own = sum(loss for name, loss in terms.items() if not name.startswith("temporal"))
        if guide is None and result.error is None:
            self.base = own
        facts = {"loss": own, "terms": terms, "evaluations": len(result.history), "base": self.base}
        return PaintedFrame(
            np.rint(seen_pixels(result.x, objective)),
            np.rint(finished_pixels(result.x, objective)),
            facts,
            None if result.error is None else str(result.error),
            result.interrupted,
        )

    def _terms(self, guide: Guide, recipe: Recipe) -> list[TemporalTerm]:
        """Make a term for each earlier painting that is trusted somewhere."""
        weight = self.stability * self.base * HUNDREDTH
        return [
            TemporalTerm(
                f"temporal {wanted.distance}",
                wanted.warped,
                wanted.mask.astype(np.float64),
                weight,
                recipe.variable,
            )
            for wanted in guide.wanted
            if weight > 0 and wanted.mask.any()
        ]


def _start(pixels: Float64, recipe: Recipe) -> Float64:
    """Turn pixels into the flat variable."""
    pixels = gray_picture(pixels) if recipe.color.luma else pixels
    return to_variable(pixels, recipe.variable).ravel()
