"""Frames on their way from the run to the film: in a file, however many there are."""

import errno
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]


class Reel:
    """Frames of one size, packed into a file that has no name and goes with the process.

    Parameters
    ----------
    folder : Path
        Where the film will be, too: there is room, and it may be no memory as ``/tmp`` can be.

    Raises
    ------
    OSError
        If there is no room, here and in `add`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        self._places: list[tuple[int, int]] = []
        self.shape: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: int) -> Bytes:
        """Return a frame, (H, W, 3)."""
        place, size = self._places[number]
        self._file.seek(place)
        packed = zlib.decompress(self._file.read(size))
        return np.frombuffer(packed, np.uint8).reshape(self.shape)

    def add(self, frame: Bytes) -> None:
        """Add a frame behind the others."""
        packed = zlib.compress(frame.tobytes(), 1)
        place = sum(self._places[-1]) if self._places else 0
        self._file.seek(place)
        if self._file.write(packed) != len(packed):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._places.append((place, len(packed)))
        self.shape = frame.shape

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


Frames = Sequence[Callable[[], Image.Image]]
"""Frames that are made when they are asked for, one at a time."""


class LazyFrames(Image.Image):
    """Frames as Pillow writes them: a picture of several, of which one is in memory.

    Parameters
    ----------
    frames : sequence of callable
        Each returns its frame; all of one size and mode.

    Notes
    -----
    Pillow seeks in whatever it writes with ``save_all``, as in a file that it has opened.
    """

    def __init__(self, frames: Frames) -> None:
        super().__init__()
        self._frames = frames
        self.n_frames = len(frames)
        self._number = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Go to a frame; EOFError behind the last one."""
        if not 0 <= frame < self.n_frames:
            raise EOFError(f"there are {self.n_frames} frames")
        if frame != self._number:
            made = self._frames[frame]()
            self.im, self._mode, self._size = made.im, made.mode, made.size
            self.palette, self._number = made.palette, frame

    def tell(self) -> int:
        """Return the number of the frame."""
        return self._number


def every(count: int, most: int) -> Iterator[int]:
    """Yield numbers of some frames, evenly, the last one among them.

    Examples
    --------
    >>> [*every(100, 3)], [*every(2, 9)]
    ([0, 50, 99], [0, 1])
    """
    most = min(count, most)
    yield from (round(place * (count - 1) / max(most - 1, 1)) for place in range(most))
