"""One side of a sheet: a setting with its values."""

from dataclasses import dataclass

from ..errors import UsageError


@dataclass(frozen=True)
class Axis:
    """A setting, and the values that it takes along a side of the sheet.

    Attributes
    ----------
    key : str
        ``"style.weight"``; empty for a side of one cell that changes nothing.
    values : tuple of str
        As they were typed.
    """

    key: str = ""
    values: tuple[str, ...] = ("",)

    @property
    def labels(self) -> tuple[str, ...]:
        """The text beside the cells: ``style.weight=1e3``."""
        return tuple(f"{self.key}={value}" if self.key else "" for value in self.values)


def parse_axis(text: str | None, option: str) -> Axis:
    """Read ``style.weight=1e2,1e3``; commas within brackets or quotes belong to a value.

    Parameters
    ----------
    text : str or None
        None: a side of one cell.
    option : str
        What it is called, for messages.

    Raises
    ------
    UsageError
        If there is no key, no value, or a value twice.

    Examples
    --------
    >>> parse_axis("style.weight=1e2,1e3", "--rows").labels
    ('style.weight=1e2', 'style.weight=1e3')
    >>> parse_axis("input.oxford.mean=[1,2,3],[0,0,0]", "--rows").values
    ('[1,2,3]', '[0,0,0]')
    """
    if text is None:
        return Axis()
    key, equals, rest = (part.strip() for part in text.partition("="))
    values = tuple(value.strip() for value in _split(rest))
    if not (key and equals and all(values)):
        raise UsageError(
            f"{option} is {text!r}; expected KEY=VALUE,VALUE,... such as style.weight=1e2,1e3,1e4"
        )
    twice = [value for value in values if values.count(value) > 1]
    if twice:
        raise UsageError(f"{option} has the value {twice[0]} twice; give each value once")
    return Axis(key, values)


def overlap(one: str, other: str) -> bool:
    """Whether two keys of a recipe are the same, or one is the table of the other.

    Examples
    --------
    >>> overlap("style.weight", "style.weight"), overlap("style", "style.weight")
    (True, True)
    >>> overlap("style.weight", "style.weighting")
    False
    """
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _split(text: str) -> list[str]:
    """Split at commas that are in no bracket and no quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote or letter in "\"'":
            quote = ("" if letter == quote else quote) if quote else letter
        else:
            depth += (letter in "[{") - (letter in "]}")
        if letter == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
