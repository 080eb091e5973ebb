"""Optical flow by libraries, TV-L1 of scikit-image and DIS of OpenCV, or from files."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Protocol

import numpy as np
import scipy

from ...errors import UsageError, shown
from ...regular_file import digest, is_file
from ...words import printable
from .flo_file import read_flo
from .frame import Frame
from .warp import Float64

BLUR = 1.0
"""Pixels, of the Gaussian that TV-L1 sees frames through: a camera's noise would else make a flow
so rough that `on_border` finds borders of motions where nothing moves."""
INSTALL = "run: pip install 'backpaint[video]'"


Flow = Callable[[Frame, Frame], Float64]
"""Computes, at each pixel of the first frame, how far the same thing lies in the second one."""


class ToldFlow(Protocol):
    """A flow that tells what it depends on."""

    def __call__(self, here: Frame, there: Frame) -> Float64:
        """Compute a flow; see `Flow`."""
        ...

    def told(self, count: int, look_back: Sequence[int]) -> dict[str, str]:
        """Return what the flows of that many frames depend on, for a run that goes on."""
        ...


@dataclass(frozen=True)
class LibraryFlow:
    """Flows that a library computes.

    Attributes
    ----------
    name : str
        ``tvl1`` or ``dis``.
    library : str
        With its version: another one may compute other flows.
    compute : callable
    """

    name: str
    library: str
    compute: Flow

    def __call__(self, here: Frame, there: Frame) -> Float64:
        """Compute a flow."""
        return self.compute(here, there)

    def told(self, count: int, look_back: Sequence[int]) -> dict[str, str]:
        """Return the method and the library."""
        return {"method": self.name, "library": self.library}


def choose_flow(name: str, *, fast: bool) -> ToldFlow:
    """Find what computes flows.

    Parameters
    ----------
    name : str
        ``tvl1``, ``dis``, ``auto``, or a pattern of files such as ``flow-{0:05d}-{1:05d}.flo``,
        which is given the numbers of the two frames.
    fast : bool
        Whether time counts more than accuracy: ``auto`` is then ``dis``, where OpenCV is.

    Raises
    ------
    UsageError
        If it is neither, or the library is not installed.
    """
    if name == "auto":
        name = "dis" if fast and find_spec("cv2") is not None else "tvl1"
    if name == "tvl1":
        return _tvl1()
    if name == "dis":
        return _dis()
    try:
        distinct = {name.format(1, 2), name.format(2, 1), name.format(2, 3)}
    except (IndexError, KeyError, ValueError, AttributeError):
        distinct = set()
    if len(distinct) < 3:
        raise UsageError(
            f"the flow is {shown(name)}; expected auto, tvl1 or dis, or a pattern with the numbers "
            "of two frames such as flow-{0:05d}-{1:05d}.flo"
        )
    return FlowFiles(name)


@dataclass(frozen=True)
class FlowFiles:
    """Flows from files.

    Attributes
    ----------
    pattern : str
        Of their names, with the numbers of two frames.
    """

    pattern: str

    def __call__(self, here: Frame, there: Frame) -> Float64:
        """Read a flow."""
        height, width = here.gray.shape
        return read_flo(self.pattern.format(here.number, there.number), (height, width))

    def require(self, count: int, shape: tuple[int, int]) -> None:
        """Look for the files of all neighbors, and read the first two, before any frame is painted.

        Those of frames further apart are not needed where a scene ends between them.

        Raises
        ------
        UsageError
            If one is missing, or the first ones are not of that size.
        """
        for number in range(2, count + 1):
            for pair in ((number, number - 1), (number - 1, number)):
                path = self.pattern.format(*pair)
                if number == 2:
                    read_flo(path, shape)
                elif not is_file(path):
                    raise UsageError(
                        f"{printable(path)}: expected a flow file, found none; compute the flows "
                        f"of all {count} frames, or look at the flow's pattern"
                    )

    def told(self, count: int, look_back: Sequence[int]) -> dict[str, str]:
        """Return a digest of all files that are read, or would be if they were there."""
        whole = hashlib.sha256()
        for path in self._paths(count, look_back):
            whole.update((digest(path) if is_file(path) else "none").encode())
        return {"method": "files", "sha256": whole.hexdigest()}

    def _paths(self, count: int, look_back: Sequence[int]) -> Iterator[str]:
        for number in range(1, count + 1):
            for other in (number - distance for distance in look_back if distance < number):
                yield self.pattern.format(number, other)
                yield self.pattern.format(other, number)


def _tvl1() -> LibraryFlow:
    try:
        from skimage.registration import optical_flow_tvl1
    except ImportError:
        raise UsageError(
            f"the flow tvl1 needs scikit-image, which is not installed; {INSTALL}"
        ) from None

    def flow(here: Frame, there: Frame) -> Float64:
        both = (scipy.ndimage.gaussian_filter(frame.gray / 255.0, BLUR) for frame in (here, there))
        down, right = optical_flow_tvl1(*both)
        return np.stack([right, down], axis=-1).astype(np.float64)

    return LibraryFlow("tvl1", f"scikit-image {version('scikit-image')}", flow)


def _dis() -> LibraryFlow:
    try:
        import cv2
    except ImportError:
        raise UsageError(
            "the flow dis needs OpenCV, which is not installed; run: pip install "
            "opencv-python-headless"
        ) from None
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def flow(here: Frame, there: Frame) -> Float64:
        return np.asarray(search.calc(here.gray, there.gray, None), np.float64)

    return LibraryFlow("dis", f"OpenCV {cv2.__version__}", flow)
