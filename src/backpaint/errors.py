"""The two ways in which a run can end badly, told apart by their exit codes."""

from typing import Any


class BackpaintError(Exception):
    """Anything that backpaint itself reports: one sentence a person can act on."""

    exit_code = 1


class UsageError(BackpaintError, ValueError):
    """Wrong use or unreadable input: what was found and expected, what to do (exit code 2)."""

    exit_code = 2


class RunError(BackpaintError, RuntimeError):
    """A run that began well and could not go on (exit code 1).

    Attributes
    ----------
    painting : Painting or None
        The last good picture, where `backpaint.paint` raised this.
    """

    painting: Any = None
