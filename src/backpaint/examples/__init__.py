"""The pictures that come with backpaint; README.md beside them tells where they are from."""

from importlib.resources import files
from pathlib import Path

from ..errors import UsageError, did_you_mean

EXAMPLES = {
    "cat": "cat.jpg",
    "astronaut": "astronaut.jpg",
    "swirls": "swirls.jpg",
    "mosaic": "mosaic.jpg",
    "woodcut": "woodcut.jpg",
}
"""Two photographs to paint, then three pictures to take the style from."""

DEMO = {"images.size": 256}
"""Small enough to be done in a minute or two on a laptop."""


def example_path(name: str) -> Path:
    """Find a picture that comes with backpaint.

    Parameters
    ----------
    name : str
        A key of `EXAMPLES`.

    Returns
    -------
    Path
        Its file in the installed package.

    Raises
    ------
    UsageError
        If there is no such example.

    Examples
    --------
    >>> example_path("cat").name
    'cat.jpg'
    """
    if name not in EXAMPLES:
        known = ", ".join(EXAMPLES)
        near = did_you_mean(name, EXAMPLES)
        raise UsageError(f"{name!r}{near}: expected the name of an example, one of {known}")
    return Path(str(files(__package__) / EXAMPLES[name]))
