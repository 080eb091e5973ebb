"""A finished picture, however it was painted: pixels, and where they came from."""

import json
import platform
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..images import write_image
from ..images.write import METADATA_KEY


@dataclass(frozen=True, eq=False)
class FinishedPicture(ABC):
    """A picture that carries its settings with it.

    Attributes
    ----------
    pixels : (H, W, 3) ndarray of float64
        R, G, B, within 0..255.
    alpha : (h, w) ndarray of float64 or None
        The content's opacity 0..1, where it had one.
    """

    pixels: NDArray[np.float64]
    alpha: NDArray[np.float64] | None

    @property
    @abstractmethod
    def metadata(self) -> dict[str, Any]:
        """Everything that a saved picture carries with it."""

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """The picture as (H, W, 3) bytes."""
        return np.rint(self.pixels).astype(np.uint8)

    def _repr_png_(self) -> bytes:
        """Show the picture in a notebook."""
        file = BytesIO()
        Image.fromarray(self.image).save(file, "PNG")
        return file.getvalue()

    def save(self, path: str | bytes | Path) -> None:
        """Write the picture atomically, with its metadata.

        Parameters
        ----------
        path : str, bytes or Path
            The extension chooses the format; PNG keeps the metadata in a text chunk.
        """
        write_image(path, self.pixels, self.alpha, {METADATA_KEY: json.dumps(self.metadata)})


def versions() -> dict[str, str]:
    """Return the versions of Python, NumPy and SciPy."""
    import scipy

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
