"""Optical flow by libraries, TV-L1 of scikit-image and DIS of OpenCV, or from files."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from ...errors import UsageError, shown
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


def choose_flow(name: str, *, fast: bool) -> Flow:
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
            f"--flow is {shown(name)}; expected auto, tvl1 or dis, or a pattern with the numbers "
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
                elif not Path(path).is_file():
                    raise UsageError(
                        f"{printable(path)}: expected a flow file, found none; compute the flows "
                        f"of all {count} frames, or look at --flow"
                    )


def _tvl1() -> Flow:
    try:
        from skimage.registration import optical_flow_tvl1
    except ImportError:
        raise UsageError(
            f"the flow tvl1 needs scikit-image, which is not installed; {INSTALL}"
        ) from None

    def flow(here: Frame, there: Frame) -> Float64:
        both = (gaussian_filter(frame.gray / 255.0, BLUR) for frame in (here, there))
        down, right = optical_flow_tvl1(*both)
        return np.stack([right, down], axis=-1).astype(np.float64)

    return flow


def _dis() -> Flow:
    try:
        import cv2
    except ImportError:
        raise UsageError(
            "the flow dis needs OpenCV, which is not installed; run: pip install "
            "opencv-python-headless"
        ) from None
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return lambda here, there: search.calc(here.gray, there.gray, None).astype(np.float64)
