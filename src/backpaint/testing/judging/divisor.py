"""The divisor that a function's answers imply."""

from typing import Any, TypeVar, get_args

from ...errors import UsageError
from ...problem.divisors import named_divisor

Name = TypeVar("Name", bound=str)


def require_divisor(argument: str, text: Name, kind: Any) -> Name:
    """Return a divisor by our name, also where it was written with the paper's letters.

    Parameters
    ----------
    argument : str
        What it is called, for the message.
    text : str
        What was written.
    kind : Literal
        The names that there are.

    Raises
    ------
    UsageError
        If there is no such divisor.
    """
    names: tuple[Name, ...] = get_args(kind)
    found = named_divisor(text, names) if isinstance(text, str) else None
    for name in names:
        if name == found:
            return name
    *most, last = map(repr, names)
    raise UsageError(
        f"{argument} is {text!r}; expected {', '.join(most)} or {last}, with C channels (the "
        "paper's N) and M = height * width"
    )
