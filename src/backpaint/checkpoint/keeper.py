"""The writer of checkpoints during a run, also when one cannot be written."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import RunError, UsageError, shown, whole_number
from ..optimizers.contract import NOT_ENDED
from ..painting.session import Session, Start
from ..painting.standing import Standing
from ..whole_file import require_writable
from .array_file import is_checkpoint
from .contents import write_checkpoint
from .facts import Facts
from .machine import describe_machine
from .pictures import Pictures

EVERY = 25
"""Iterations between two checkpoints, unless somebody wants another number."""

Note = Callable[[str], None]


class FileKeeper:
    """Writes where a run stands to a file, now and then and at the end; see `Keeper`.

    Parameters
    ----------
    path : str or Path
        Replaced each time, once the new contents are on the disk.
    every : int
        Iterations between two.
    session : Session
    note : callable
        Called with what a person should know: that the file could not be written.
    start : Start
        Of the run.

    Notes
    -----
    The first file is written before the first evaluation, where refusing costs nothing: a disk that
    is too small is found out then.  Later failures end no run; the file from before stays, and
    whoever is noted learns of it at once and again at the end.
    """

    def __init__(
        self,
        path: str | Path,
        every: int,
        session: Session,
        note: Note,
        start: Start,
    ) -> None:
        self._path, self._every, self._note = path, every, note
        self._session, self._start = session, start
        self._is_begun = isinstance(start.at, Standing)
        self._told: str | None = None
        problem = session.prepared.problem
        self._machine = describe_machine(session.engine, problem.recipe.optimizer)

    def is_due(self, iteration: int) -> bool:
        """Whether to keep it after an iteration."""
        return iteration % self._every == 0

    def keep(self, take: Callable[[], Standing]) -> None:
        """Write it, or say why not; see `Keeper.keep`."""
        is_last = False
        try:
            standing = take()
            is_last = standing.reason != NOT_ENDED
            require_finite(standing)
            facts, pictures, coarser = self._facts(standing), self._pictures(), self._coarser()
            write_checkpoint(self._path, facts, pictures, standing, coarser)
            self._is_begun, self._told = True, None
        except MemoryError:
            self._tell("there was not enough memory for a checkpoint", is_last)
        except RunError as error:
            self._tell(str(error), is_last)
        except Exception as error:  # whatever it is, the picture matters more
            if not self._is_begun:
                raise
            self._tell(f"no checkpoint was written: {type(error).__name__} {error}", is_last)

    def _tell(self, reason: str, is_last: bool) -> None:
        if not self._is_begun:
            raise UsageError(f"{reason}; choose another place for --checkpoint, or leave it out")
        if is_last or reason != self._told:
            self._note(f"{reason}; an older checkpoint, if it is still there, stays as it was")
        self._told = reason

    def _pictures(self) -> Pictures:
        prepared = self._session.prepared
        alpha = None if prepared.content is None else prepared.content.alpha
        problem = prepared.problem
        return Pictures(problem.content, problem.colors, alpha, problem.styles, problem.regions)

    def _coarser(self) -> tuple[Pictures, ...]:
        problems = self._session.coarser
        return tuple(
            Pictures(one.content, one.colors, None, one.styles, one.regions) for one in problems
        )

    def _facts(self, standing: Standing) -> Facts:
        session, prepared = self._session, self._session.prepared
        settings = session.describe(self._start)
        problem, content = prepared.problem, prepared.content
        return Facts(
            program=settings["program"],
            recipe=settings["recipe"],
            engine=session.engine.name,
            dtype=session.engine.dtype,
            engine_options=session.engine.settings()["engine_options"],
            optimizer_on=session.optimizer_on,
            seed=self._start.seed,
            initial=self._start.name,
            size=problem.shape,
            weights=problem.weights.origin,
            weights_sha256=problem.weights.sha256,
            content=None if content is None else content.name,
            styles=tuple(style.name for style in prepared.styles),
            notes=prepared.notes,
            style_shares=problem.style_shares,
            style_layers=settings["style_layers"],
            style_scales=prepared.style_scales,
            terms=session.term_names,
            iterations=standing.iterations,
            reason=standing.reason,
            every=self._every,
            machine=self._machine,
            masks=prepared.mask_names,
            coarser_sizes=tuple(problem.shape for problem in session.coarser),
            begun=begun(standing),
        )


def begun(standing: Standing) -> tuple[int, ...]:
    """Count the evaluations before each size but the first, of those that have begun."""
    scales = [record.scale or 0 for record in standing.history]
    return tuple(
        sum(scale < begun for scale in scales) for begun in range(1, (standing.scale or 0) + 1)
    )


def require_keepable(path: str | Path, every: object) -> int:
    """Refuse, before any work, a place or a number that cannot be; return the number.

    Raises
    ------
    UsageError
        If `path` cannot be written or is a file that is no checkpoint, or `every` is no whole
        number of at least 1.
    """
    require_path(path)
    number = whole_number("checkpoint_every", every, least=1)
    require_writable(path)
    target = Path(path)
    if target.exists() and target.stat().st_size and not is_checkpoint(target):
        raise UsageError(
            f"{path} is there, and no checkpoint; expected a new file for --checkpoint, or a "
            "checkpoint to replace; choose another name"
        )
    return number


def require_path(path: object) -> None:
    """Raise UsageError where a checkpoint's path is none: a whole number would be an open file."""
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
        raise UsageError(
            f"checkpoint is {shown(path)}; expected the path of a file, such as 'out.backpaint'"
        )
    if not os.fspath(path) or "\0" in os.fspath(path):
        raise UsageError(f"checkpoint is {shown(path)}; expected a path that a file may have")


def require_finite(standing: Standing) -> None:
    """Raise RunError if a run could not go on from here: its optimizer went beyond all numbers."""
    for name, array in standing.state.items():
        if array.ndim and array.dtype.kind == "f" and not np.isfinite(array).all():
            raise RunError(
                f"no checkpoint was written after iteration {standing.iterations}, since the "
                f"optimizer's array {name} has NaN or infinity"
            )
