"""Parameters of former versions: whoever still writes one is told what to write instead."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from .errors import UsageError
from .plain import plain

P = ParamSpec("P")
R = TypeVar("R")

ENGINES = {
    "threads": "CPU",
    "exact": "CPU",
    "precision": "GPU",
    "device": "GPU",
    "tune": "GPU",
    "dtype": "Reference",
}
"""Which engine's option each of them became."""


def refuse_old_names(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that raises UsageError for an old name, with the new spelling.

    Examples
    --------
    >>> refuse_old_names(len)(threads=4)
    Traceback (most recent call last):
    ...
    backpaint.errors.UsageError: threads is an option of an engine; write \
engine=backpaint.CPU(threads=4)
    """

    @wraps(function)
    def checked(*arguments: P.args, **named: P.kwargs) -> R:
        for name in named:
            if name in ENGINES:
                raise UsageError(
                    f"{name} is an option of an engine; write "
                    f"engine=backpaint.{ENGINES[name]}({name}={plain(named[name])!r})"
                )
        return function(*arguments, **named)

    return checked
