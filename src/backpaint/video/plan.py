"""The plan of a film: everything that is settled before its first frame."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import UsageError
from ..images import Photograph, fit
from ..painting.pictures import Picture, photograph
from ..problem.recipe import Images
from ..regular_file import digest
from ..words import counted, printable
from .clip import Clip, ClipFrame
from .flow.choose import Flow, FlowFiles, ToldFlow, choose_flow
from .flow.frame import Frame
from .way import METHOD, Begin, Way


@dataclass(frozen=True, eq=False)
class FilmPlan:
    """Everything that is settled before the first frame.

    Attributes
    ----------
    clip : Clip
    count : int
        Frames to paint.
    shape : (int, int)
        Height and width that are painted.
    images : Images
        How frames are resized to it.
    begin : callable
        Builds the painter.
    flow : callable
        See `choose_flow`.
    look_back : tuple of int
    manifest : dict
        What the frames depend on, for a run that goes on.
    notes : tuple of str
    """

    clip: Clip
    count: int
    shape: tuple[int, int]
    images: Images
    begin: Begin
    flow: Flow
    look_back: tuple[int, ...]
    manifest: dict[str, Any]
    notes: tuple[str, ...] = ()

    def frames(self) -> Iterator[tuple[ClipFrame, Frame]]:
        """Yield the clip's frames as the file has them, and in the size that is painted."""
        size = None
        for number, found in enumerate(self.clip.frames(), start=1):
            size = size or found.pixels.shape
            if found.pixels.shape != size:
                raise UsageError(
                    f"{self.clip.path}: frame {number} is of another size than the first; expected "
                    "one size for all; choose an end before it"
                )
            yield (
                found,
                Frame(number, fit(found.pixels.astype(np.float64), self.shape, self.images)),
            )


@dataclass(frozen=True)
class Agreement:
    """The agreement that is asked of a film's frames.

    Attributes
    ----------
    stability : float
        See `DescentPainter`.
    look_back : tuple of int
        How many frames back others are asked for, the nearest first.
    flow : str
        See `choose_flow`.
    """

    stability: float
    look_back: tuple[int, ...]
    flow: str


def plan_film(
    clip: Clip,
    styles: Iterable[Picture],
    settle: Callable[[Photograph], Way],
    agreement: Agreement,
    *,
    fast: bool,
) -> FilmPlan:
    """Settle everything; nothing slow has happened then but that the clip was read once.

    Parameters
    ----------
    clip : Clip
        Closed if anything does not fit, and open otherwise.
    styles : iterable of pictures
        What the manifest tells the film's styles by.
    settle : callable
        Given the first frame, tells how all are painted.
    agreement : Agreement
    fast : bool
        See `choose_flow`.

    Raises
    ------
    UsageError
        If anything does not fit.
    """
    try:
        return _planned(clip, styles, settle, agreement, choose_flow(agreement.flow, fast=fast))
    except BaseException:
        clip.close()
        raise


def _planned(
    clip: Clip,
    styles: Iterable[Picture],
    settle: Callable[[Photograph], Way],
    agreement: Agreement,
    flow: ToldFlow,
) -> FilmPlan:
    """Settle everything, and leave an open clip behind if anything does not fit."""
    count = clip.count()
    first = next(clip.frames())
    name = printable(Path(clip.path).name)
    way = settle(Photograph(first.pixels.astype(float), None, name, first.notes))
    if isinstance(flow, FlowFiles):
        flow.require(count, way.shape)
    manifest = {
        "program": f"backpaint {__version__}",
        "method": METHOD,
        "clip": digest(clip.path),
        "start": clip.begin,
        "end": clip.end,
        "every": clip.every,
        "count": count,
        "stability": agreement.stability,
        "look_back": agreement.look_back,
        "flow": flow.told(count, agreement.look_back),
        "styles": [_told(style) for style in styles],
        **way.told,
    }
    of_clip = (*first.notes, *_notes_on_file(clip))
    notes = (*(f"{name}: {note}" for note in of_clip), *way.notes, *_notes_on_film(clip, way.shape))
    return FilmPlan(
        clip, count, way.shape, way.images, way.begin, flow, agreement.look_back, manifest, notes
    )


def _notes_on_file(clip: Clip) -> list[str]:
    """Return what is wrong with a clip that can be painted all the same."""
    notes = []
    if clip.facts["ends_within_packet"]:
        notes.append(
            "its last packet is not whole: the file was cut short, and the film ends there"
        )
    if clip.damaged:
        notes.append(f"{counted(clip.damaged, 'piece')} of it cannot be decoded well")
    return notes


def _notes_on_film(clip: Clip, shape: tuple[int, int]) -> list[str]:
    """Return what the film will not have of the clip."""
    notes, sound = [], clip.facts["sound"]
    if sound is not None and not clip.facts["sound_fits"]:
        notes.append(f"the sound, {printable(sound)}, does not fit into .mp4 and is left out")
    elif clip.facts["sounds"] > 1:
        notes.append(f"of {clip.facts['sounds']} tracks of sound the film has the first")
    if any(side % 2 for side in shape):
        height, width = (side - side % 2 for side in shape)
        notes.append(f"the film has even sides: {width} x {height}, a row or column is left out")
    return notes


def _told(style: Picture) -> str:
    """Compute the SHA-256 of a style's file, or of its levels where it is none."""
    if isinstance(style, str | Path):
        return digest(style)
    return hashlib.sha256(photograph(style).pixels.tobytes()).hexdigest()
