"""Published files by name: where they are, and where they lie once they were fetched."""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ..errors import UsageError


@dataclass(frozen=True)
class Published:
    """One published file.

    Attributes
    ----------
    name : str
        ``"torchvision-vgg16"``.
    title, license, citation : str
        For people.
    file : str
        Its published name.
    urls : tuple of str
        Where it was seen; the first that answers is taken.
    megabytes : int
        About how large it is, in millions of bytes.
    sha256_prefix : str
        The first digits of its SHA-256, as many as are certain; often none.
    md5 : str
        Where only that is certain; else empty.
    """

    name: str
    title: str
    file: str
    urls: tuple[str, ...]
    megabytes: int
    license: str
    citation: str
    sha256_prefix: str = ""
    md5: str = ""

    @property
    def has_hash(self) -> bool:
        """Whether a file can be told from its likes."""
        return bool(self.sha256_prefix or self.md5)

    def mismatch(self, path: Path) -> str | None:
        """Compare a file's hash with the published one, where that is known.

        Returns
        -------
        str or None
            What is wrong, ``"its SHA-256 is 1f... instead of 39..."``; None if nothing is.
        """
        for name, expected in (("SHA-256", self.sha256_prefix), ("MD5", self.md5)):
            found = _digest(path, name.replace("-", "")) if expected else ""
            if not found.startswith(expected):
                return f"its {name} is {found[:8]}... instead of {expected[:8]}..."
        return None


def published() -> dict[str, Published]:
    """List all published files by name."""
    text = (files(__package__) / "registry.toml").read_text(encoding="utf-8")
    return {
        name: Published(name=name, **entry | {"urls": tuple(entry["urls"])})
        for name, entry in tomllib.loads(text).items()
    }


def by_name(name: str) -> Published:
    """Look up one published file.

    Parameters
    ----------
    name : str
        A key of the registry.

    Returns
    -------
    Published
        What is known of it.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    known = published()
    if name not in known:
        raise UsageError(
            f"there is no published network {name!r}; expected one of {', '.join(known)}; "
            "see `backpaint weights list`"
        )
    return known[name]


def by_content(path: Path) -> Published | None:
    """Find the published file that a file is, among those whose hash is known.

    Parameters
    ----------
    path : Path
        A file; it is only read if its size fits.
    """
    megabytes = path.stat().st_size / 1e6
    for entry in published().values():
        fits = abs(megabytes - entry.megabytes) < 1 and entry.has_hash
        if fits and entry.mismatch(path) is None:
            return entry
    return None


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def cache_folder() -> Path:
    """Return the folder of this user in which fetched files lie; it may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("backpaint", appauthor=False) / "weights"
