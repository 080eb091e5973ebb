"""Published files by name: where they are, and where they lie once they were fetched."""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import IO

from ..errors import UsageError
from ..regular_file import open_regular

_PIECE = 1 << 20


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
    sha256 : str
        All 64 digits, where they are certain; else empty.
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
    sha256: str = ""
    md5: str = ""

    @property
    def proof(self) -> str:
        """The hash by which a right file was checked, in words."""
        if self.sha256:
            return "its SHA-256 is the published one"
        if self.md5:
            return (
                "its MD5 is the published one, which rules out damage, but not that somebody "
                "made two files with this MD5"
            )
        return "no hash of it is known here, so nothing was compared"

    def mismatch(self, file: IO[bytes]) -> str | None:
        """Compare a file's hash with the published one, where that is known.

        Parameters
        ----------
        file : binary file
            At its beginning.

        Returns
        -------
        str or None
            What is wrong, ``"its SHA-256 is 1f... instead of 39..."``; None if nothing is.
        """
        expected = {"SHA-256": self.sha256, "MD5": self.md5}
        for name, found in zip(expected, _digests(file), strict=True):
            if expected[name] not in ("", found):
                return f"its {name} is {found[:8]}... instead of {expected[name][:8]}..."
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


def by_content(path: Path, sha256: str) -> Published | None:
    """Find the published file that a file is, among those whose hash is known.

    Parameters
    ----------
    path : Path
        A file; it is only read again where MD5 is all that is known.
    sha256 : str
        Of the numbers' file when they were read: what is read now must be the same.

    Returns
    -------
    Published or None
        Its `proof` tells how certain that is.
    """
    megabytes = path.stat().st_size / 1e6
    near = [entry for entry in published().values() if abs(megabytes - entry.megabytes) < 1]
    for entry in near:
        if entry.sha256 == sha256:
            return entry
    with_md5 = {entry.md5: entry for entry in near if entry.md5 and not entry.sha256}
    if not with_md5:
        return None
    with open_regular(path) as file:
        again, md5 = _digests(file)
    return with_md5.get(md5) if again == sha256 else None


def describe_match(path: Path, sha256: str) -> str:
    """Put into words which published file a file is, and how certain that is.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     describe_match(Path(file.name), "00")
    'none whose hash is known here'
    """
    entry = by_content(path, sha256)
    if entry is None:
        return "none whose hash is known here"
    certain = "" if entry.sha256 else "probably "
    return f"{certain}{entry.name}: {entry.title} ({entry.file}; {entry.proof})"


def _digests(file: IO[bytes]) -> tuple[str, str]:
    """Return SHA-256 and MD5 of one reading of a file."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    while piece := file.read(_PIECE):
        sha256.update(piece)
        md5.update(piece)
    return sha256.hexdigest(), md5.hexdigest()


def cache_folder() -> Path:
    """Return the folder of this user in which fetched files lie; it may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("backpaint", appauthor=False) / "weights"
