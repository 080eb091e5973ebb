"""Heat maps of each term's gradient: |d loss / d pixel|."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..engine.engine import Engine
from ..engine.initial import initial_variable
from ..errors import whole_number
from ..masks import Masks
from ..old_names import refuse_old_names
from ..painting.pictures import Picture, photograph
from ..painting.prepare import stretch_note
from ..painting.session import Session, open_session, start_from
from ..presets import recipe
from ..problem.pixels import to_pixels
from ..problem.problem import Problem
from ..problem.recipe import Recipe
from ..weights import VGGWeights
from .colors import HEAT, colored, saturation
from .features import Scale, require_scale
from .sheet import Legend, Tile, draw_sheet
from .single_terms import evaluate_terms
from .view import Bytes, View, as_bytes, short

Floats = NDArray[np.float64]
WIDTH = 300
"""Of a heat map on the sheet, in pixels."""
WHOLE = "whole gradient"


@dataclass(frozen=True)
class TermGradient:
    """One term of the loss.

    Attributes
    ----------
    name : str
        ``"style relu3_1"``, as in the terms of an objective.
    loss : float
        Its weighted loss.
    gradient : (H, W, 3) ndarray of float64
        With respect to the pixels, R, G, B: change of the loss for one level of 0 to 255.
    """

    name: str
    loss: float
    gradient: Floats

    @property
    def magnitude(self) -> Floats:
        """The length of each pixel's gradient, (H, W)."""
        length: Floats = np.linalg.norm(self.gradient, axis=2)
        return length

    @property
    def norm(self) -> float:
        """The length of the whole gradient."""
        return float(np.linalg.norm(self.gradient))


@dataclass(frozen=True, eq=False)
class GradientMaps(View):
    """The gradient of every term at one picture.

    Attributes
    ----------
    terms : tuple of TermGradient
        Content, style and total variation, layer by layer.
    picture : (H, W, 3) ndarray of float64
        Where the gradient was taken; R, G, B, 0 to 255 unless noise exceeds that.
    where : str
        That picture in words.
    preset : str
    scale : {"own", "common"}
        Whether each map's largest value is the brightest, or the largest of all.
    """

    terms: tuple[TermGradient, ...]
    picture: Floats
    where: str
    preset: str
    scale: Scale

    @cached_property
    def whole(self) -> TermGradient:
        """The sum of all terms."""
        gradient = np.sum([term.gradient for term in self.terms], axis=0)
        return TermGradient(WHOLE, sum(term.loss for term in self.terms), gradient)

    def share(self, term: TermGradient) -> float:
        """Return which part of the whole gradient a term is; all shares together are 1.

        Parameters
        ----------
        term : TermGradient

        Returns
        -------
        float
            ``<g_term, g> / <g, g>``: negative where the term pulls the other way; 0 where the
            whole is.
        """
        whole = self.whole.gradient
        square = float(np.sum(whole**2))
        return float(np.sum(term.gradient * whole)) / square if square else 0.0

    def table(self) -> list[str]:
        """List loss, norm of the gradient, and share of every term, as lines of text."""
        rows = [("term", "loss", "|gradient|", "share")]
        for term in (*self.terms, self.whole):
            share = _percent(self.share(term))
            rows.append((term.name, f"{term.loss:.4g}", f"{term.norm:.4g}", share))
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        return [
            "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in (1, 2, 3))])
            for row in rows
        ]

    def sheet(self) -> Bytes:
        """Draw the picture, the whole gradient, and each term's."""
        every = (self.whole, *self.terms)
        longest = max(term.norm for term in every)
        common = saturation(np.stack([term.magnitude for term in every]))
        size = f"{self.picture.shape[1]} x {self.picture.shape[0]}"
        tiles = [Tile(as_bytes(self.picture), self.where, f"{size}, {self.preset}")]
        for term in every:
            limit = common if self.scale == "common" else saturation(term.magnitude)
            remark = f"norm {short(term.norm)}, share {_percent(self.share(term))}"
            tiles.append(
                Tile(
                    colored(term.magnitude, limit, HEAT),
                    term.name,
                    remark if term.norm else "zero everywhere",
                    term.norm / longest if longest else 0.0,
                )
            )
        most = short(common) if self.scale == "common" else "99.5 % of a map's pixels are darker"
        return draw_sheet(
            "Which pixels the loss would change: |d loss / d pixel|",
            "Bright pixels change the loss most. Bars: the norm of each gradient beside the "
            "largest. Share: what a term contributes to the whole gradient's direction; negative "
            "where it pulls the other way.",
            tiles,
            width=WIDTH,
            legend=Legend(HEAT, ("0", most)),
        )


@refuse_old_names
def gradient_maps(
    content: Picture | None,
    style: Picture | Iterable[Picture] | None = None,
    *,
    at: Literal["preset", "content", "noise"] | Picture = "preset",
    scale: Scale = "own",
    seed: int = 0,
    preset: str | Path | Recipe = "gatys",
    size: int | None = None,
    changes: Mapping[str, Any] | None = None,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Iterable[float] | None = None,
    style_layers: Sequence[Mapping[str, float]] | None = None,
    style_scales: Iterable[float] | None = None,
    masks: Masks | Sequence[Any] | None = None,
    engine: str | Engine = "auto",
) -> GradientMaps:
    """Compute the gradient of each term of a loss by itself, layer by layer.

    Parameters
    ----------
    content, style, preset, size, changes, weights, style_shares, style_layers, style_scales
        As for `backpaint.paint`.
    masks, engine
        Likewise.
    at : {"preset", "content", "noise"}, or a picture
        Where: at the preset's start, or at a painting.
    scale : {"own", "common"}
        Of the drawing: whether each map's largest value is the brightest, or the largest of all.
    seed : int
        For noise.

    Returns
    -------
    GradientMaps
        ``.terms`` holds each term's gradient, ``.table()`` the numbers; ``.save("out.png")``
        draws them.

    Raises
    ------
    UsageError
        If a picture, a weights file or a setting is not usable.

    Notes
    -----
    At the content itself the content term has its minimum, and its gradient is zero.

    Examples
    --------
    >>> import backpaint
    >>> from backpaint.examples import example_path
    >>> maps = backpaint.gradient_maps(
    ...     example_path("cat"),
    ...     example_path("swirls"),
    ...     size=32,
    ...     engine=backpaint.Reference(dtype="float64"),
    ... )
    >>> [term.name for term in maps.terms][:2], maps.terms[0].norm
    (['content relu4_2', 'style relu1_1'], 0.0)
    >>> round(sum(maps.share(term) for term in maps.terms), 12)
    1.0
    """
    require_scale(scale)
    seed = whole_number("seed", seed, least=0)
    start = at if isinstance(at, str) and at in ("content", "noise") else None
    session = open_session(
        content,
        style,
        recipe(
            preset,
            size=size,
            init="noise" if content is None else start,  # type: ignore[arg-type]
            changes=changes,
        ),
        weights=weights,
        style_shares=style_shares,
        style_layers=style_layers,
        style_scales=style_scales,
        masks=masks,
        engine=engine,
    )
    return gradients_of(session, at, seed=seed, scale=scale)


def gradients_of(
    session: Session,
    at: Literal["preset", "content", "noise"] | Picture = "preset",
    *,
    seed: int = 0,
    scale: Scale = "own",
) -> GradientMaps:
    """Compute the gradients of a session's terms; the other parameters are `gradient_maps`'s."""
    problem = session.prepared.problem
    x, where = _point(problem, at, seed)
    variable = problem.recipe.variable
    level = variable.scale / np.array(variable.std)  # d variable / d pixel
    terms = tuple(
        TermGradient(name, evaluation.loss, evaluation.gradient * level)
        for name, evaluation in evaluate_terms(problem, session.engine, x)
    )
    return GradientMaps(terms, to_pixels(x, variable), where, problem.recipe.name, scale)


def _point(problem: Problem, at: Any, seed: int) -> tuple[Floats, str]:
    """Make the picture at which to differentiate, in units of the variable, and describe it."""
    made = problem.recipe
    if not (isinstance(at, str) and at in ("preset", "content", "noise")):
        photo = photograph(at)
        stretched = ", stretched" if stretch_note(photo, problem.shape) else ""
        return start_from(photo, problem), photo.name + stretched
    style = problem.styles[0] if problem.styles else None
    x = initial_variable(made, problem.shape, problem.content, style, seed)
    return x, f"the start: {made.initial.start}"


def _percent(part: float) -> str:
    """Write a part with one decimal; what rounds to nothing has no sign."""
    return f"{round(100 * part, 1) + 0.0:.1f} %"
