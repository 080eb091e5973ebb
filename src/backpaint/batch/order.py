"""One picture of a batch: what it is made of, and the digest that tells whether it is done."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from ..problem.recipe import Recipe
from ..regular_file import digest


class Settings(msgspec.Struct, frozen=True):
    """The settings that all pictures of a batch have in common.

    Attributes
    ----------
    recipe : Recipe
        With the network's name or file.
    weights_sha256 : str
    trust : bool
        Whether weights are used that contradict their format.
    engine : str
    engine_options : dict
        The fields of the engine.
    optimizer_on : str
    seed : int
    init : str
        ``preset``, ``fast`` or a picture's file.
    style_layers, style_scales : list or None
        Of the one style, as for `backpaint.paint`.
    checkpoint : bool
        Whether each run is kept in a file on its way.
    """

    recipe: Recipe
    weights_sha256: str
    trust: bool
    engine: str
    engine_options: dict[str, Any]
    optimizer_on: str
    seed: int
    init: str
    style_layers: list[dict[str, float]] | None
    style_scales: list[float] | None
    checkpoint: bool


class Order(msgspec.Struct, frozen=True):
    """A picture to paint.

    Attributes
    ----------
    content, style, output : str
        Files.
    content_sha256, style_sha256 : str
        Of the files' bytes; "" for those that could not be read.
    digest : str
        Of everything that the picture depends on; see `digest_of`.
    settings : Settings
    start_sha256 : str or None
        Of the picture to start from, if there is one.
    """

    content: str
    style: str
    output: str
    content_sha256: str
    style_sha256: str
    digest: str
    settings: Settings
    start_sha256: str | None = None

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.output).name

    @property
    def is_readable(self) -> bool:
        """Whether both pictures could be read when the batch was planned."""
        return bool(self.content_sha256 and self.style_sha256)

    @property
    def checkpoint(self) -> Path | None:
        """The file in which its run is kept; runs of other settings have others."""
        if not self.settings.checkpoint:
            return None
        path = Path(self.output)
        return path.with_name(f"{path.stem}-{self.digest[:12]}.backpaint")


def digest_of(settings: Settings, *files: str) -> str:
    """Return a digest of what a picture depends on, as 64 hexadecimal digits.

    Parameters
    ----------
    settings : Settings
        Engine and threads are left out: they change a picture's last bits at most.
    *files : str
        Digests of content, style and start.
    """
    recipe = msgspec.to_builtins(settings.recipe) | {"weights": settings.weights_sha256}
    about = (recipe, settings.seed, settings.style_layers, settings.style_scales, files)
    is_word = settings.init in ("preset", "fast")
    text = json.dumps([*about, settings.init if is_word else "picture"], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_of(path: str) -> str:
    """Return the digest of a picture's bytes; one that cannot be read is to be left out."""
    return digest(path, "leave it out")
