"""The libraries with automatic differentiation that are installed here."""

from importlib import import_module
from importlib.util import find_spec

from .twins import Library

LIBRARIES = {
    "torch": ("torch", "Torch"),
    "jax": ("jax", "Jax"),
    "tensorflow": ("tensorflow", "TensorFlow"),
}
"""By the name of the import: the module here, and its class."""


def installed_libraries() -> list[Library]:
    """Load the libraries that are there, in the order of `LIBRARIES`."""
    found: list[Library] = []
    for name, (module, cls) in LIBRARIES.items():
        if find_spec(name) is not None:
            found.append(getattr(import_module(f".{module}", __package__), cls)())
    return found


def missing_libraries() -> list[str]:
    """Name the libraries that are not there."""
    return [name for name in LIBRARIES if find_spec(name) is None]
