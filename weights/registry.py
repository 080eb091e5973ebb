"""Published files by name: where they are, and where they lie once they were fetched."""

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
        About how large it is.
    sha256_prefix : str
        The first digits of its SHA-256, as many as are certain; often none.
    """

    name: str
    title: str
    file: str
    urls: tuple[str, ...]
    megabytes: int
    license: str
    citation: str
    sha256_prefix: str = ""


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


def by_sha256(sha256: str) -> Published | None:
    """Find the published file with this hash, among those whose hash is known."""
    for entry in published().values():
        if entry.sha256_prefix and sha256.startswith(entry.sha256_prefix):
            return entry
    return None


def cache_folder() -> Path:
    """Return the folder of this user in which fetched files lie; it may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("backpaint", appauthor=False) / "weights"
