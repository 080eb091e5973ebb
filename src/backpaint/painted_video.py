"""backpaint from Python: a clip whose frames agree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .engine.engine import Engine
from .errors import UsageError, require_callable, shown, whole_number
from .images import Photograph
from .one_pass import plan_pass
from .painting.control import Control
from .painting.pictures import Picture, as_pictures
from .painting.run import OptimizerPlace
from .painting.session import open_session
from .presets import load_preset, recipe
from .presets.compose import ColorName
from .problem.recipe import Recipe
from .video.clip import Clip
from .video.course import PaintedVideo, make_film, require_film
from .video.given import (
    parse_distances,
    parse_iterations,
    parse_time,
    require_span,
    require_stability,
)
from .video.plan import Agreement, plan_film
from .video.way import Way, by_descent, in_one_pass
from .weights import VGGWeights


def paint_video(
    clip: str | Path,
    style: Picture | Iterable[Picture],
    film: str | Path,
    *,
    start: str | float | None = None,
    end: str | float | None = None,
    every: int = 1,
    stability: float = 0.2,
    look_back: Sequence[int] = (1,),
    flow: str = "auto",
    fast: bool = False,
    strength: float | None = None,
    preset: str | Path | Recipe = "gatys",
    size: int | None = None,
    iterations: int | tuple[int, int] | None = None,
    changes: Mapping[str, Any] | None = None,
    weights: str | Path | VGGWeights | None = None,
    style_shares: Iterable[float] | None = None,
    style_layers: Sequence[Mapping[str, float]] | None = None,
    style_scales: Iterable[float] | None = None,
    engine: str | Engine = "auto",
    optimizer_on: OptimizerPlace = "auto",
    seed: int = 0,
    color: ColorName | None = None,
    resume: bool = False,
    keep_frames: bool = False,
    control: Control | None = None,
    say: Callable[[str], None] | None = None,
) -> PaintedVideo:
    """Paint a clip in the style of a picture, so that its frames agree.

    Parameters
    ----------
    clip : str or Path
        A file of moving pictures.
    style : picture, or iterable of pictures
        As for `backpaint.paint`.
    film : str or Path
        The film to write, ``.mp4``, with the sound of the clip.
    start, end : str or float, optional
        The part that is painted, in seconds or as ``"1:05"``.
    every : int
        2 paints each second frame alone, and shows it twice as long.
    stability : float
        How much frames shall agree; 0: each only begins at the one before.
    look_back : sequence of int
        How many frames back others are asked for: ``(1, 2, 4)`` knows what was hidden for a while.
    flow : str
        ``"tvl1"``, ``"dis"``, ``"auto"``, or a pattern of ``.flo`` files; see docs/video.md.
    fast : bool
        In one pass a frame, as `backpaint.stylize`, without a descent.
    strength : float, optional
        Of `backpaint.stylize`; with `fast` alone.
    iterations : int or (int, int), optional
        Of the first frame of a scene and of every other; the preset's, and two fifths of them.
    preset, size, changes, weights, style_shares, style_layers, style_scales, engine, optimizer_on
        As for `backpaint.paint`; in one pass there are `size`, `style_shares` and `engine`.
    seed, color
        Likewise; in one pass there is `color`, ``"style"`` or ``"keep"``.
    resume : bool
        Whether to go on with the frames in ``FILM.frames``, where a run before was ended.
    keep_frames : bool
        Whether ``FILM.frames``, the frames as .png, stay when the film is written.
    control : Control, optional
        Stops it from elsewhere: the film has the frames until then.
    say : callable, optional
        Called with a line after each frame.

    Returns
    -------
    PaintedVideo
        What was painted, frame by frame.

    Raises
    ------
    UsageError
        If something does not fit; nothing was painted then.
    RunError
        If the film or a frame cannot be written, or if a frame met NaN or infinity, and shows its
        last good picture.

    References
    ----------
    .. [1] M. Ruder, A. Dosovitskiy, T. Brox, "Artistic style transfer for videos",
       arXiv:1604.08610.

    Examples
    --------
    >>> import backpaint
    >>> film = backpaint.paint_video("walk.mp4", "starry.jpg", "out.mp4")     # doctest: +SKIP
    >>> [frame["trusted"] for frame in film.frames]                           # doctest: +SKIP
    [None, 0.93, 0.95]
    """
    require_callable("say", say)
    _require_types({"clip": clip, "film": film}, {"resume": resume, "fast": fast}, control)
    styles = tuple(as_pictures(style))
    require_film(film, [clip, *(one for one in styles if isinstance(one, str | Path))])
    begin, last = parse_time("start", start), parse_time("end", end)
    require_span(begin, last)
    weight = require_stability(stability, "stability")
    agreement = Agreement(weight, parse_distances(look_back, "look_back"), flow)
    given: dict[str, Any] = {"size": size, "style_shares": style_shares, "engine": engine}
    descent: dict[str, Any] = {
        "preset": preset, "iterations": iterations, "changes": changes, "weights": weights,
        "style_layers": style_layers, "style_scales": style_scales,
    }  # fmt: skip

    def settle(subject: Photograph) -> Way:
        if fast:
            plan = plan_pass(
                subject,
                styles,
                strength=1.0 if strength is None else strength,
                color=color or "style",
                **given,
            )
            return in_one_pass(plan, weight)
        return _by_descent(
            subject, styles, weight,
            whole_number("seed", seed, least=0), color=color, optimizer_on=optimizer_on,
            **given, **descent,
        )  # fmt: skip

    of_descent = {"seed": seed or None, "optimizer_on": _unless(optimizer_on, "auto")}
    _refuse_of_other_way(fast, strength, descent | of_descent)
    plan = plan_film(
        Clip(str(clip), begin or 0.0, last, whole_number("every", every, least=1)),
        styles,
        settle,
        agreement,
        fast=fast,
    )
    painted = make_film(
        plan,
        film,
        resume=resume,
        keep_frames=keep_frames,
        say=say or (lambda line: None),
        control=control or Control(),
    )
    painted.require_whole()
    return painted


def _by_descent(
    subject: Photograph,
    styles: tuple[Picture, ...],
    stability: float,
    seed: int,
    *,
    preset: str | Path | Recipe,
    size: int | None,
    iterations: int | tuple[int, int] | None,
    changes: Mapping[str, Any] | None,
    color: ColorName | None,
    **given: Any,
) -> Way:
    """Settle a descent for each frame."""
    named = preset if isinstance(preset, Recipe) else load_preset(preset)
    first, rest = parse_iterations(iterations, named.optimizer.iterations, "iterations")
    made = recipe(preset, size=size, iterations=first, color=color, changes=changes)
    session = open_session(subject, styles, made, **given)
    return by_descent(session, (first, rest), stability, seed)


def _refuse_of_other_way(fast: bool, strength: float | None, descent: dict[str, Any]) -> None:
    """Raise UsageError for what means nothing in one pass, or in a descent."""
    if not fast and strength is not None:
        raise UsageError("strength came without fast; leave it out, or set fast=True")
    for name, value in descent.items():
        if fast and value is not None and (name, value) != ("preset", "gatys"):
            raise UsageError(f"{name} is of a descent, and fast has none; leave one of them out")


def _unless(value: Any, usual: str) -> Any:
    """Return a value, or None if it is the usual one."""
    return None if isinstance(value, str) and value == usual else value


def _require_types(paths: dict[str, Any], switches: dict[str, Any], control: Any) -> None:
    """Raise UsageError for what is no name of a file, no yes or no, or no control."""
    for name, value in paths.items():
        if not isinstance(value, str | Path):
            raise UsageError(f"{name} is {shown(value)}; expected the name of a file")
    for name, value in switches.items():
        if not isinstance(value, bool):
            raise UsageError(f"{name} is {shown(value)}; expected True or False")
    if control is not None and not isinstance(control, Control):
        raise UsageError(f"control is {shown(control)}; expected a backpaint.Control, or None")
