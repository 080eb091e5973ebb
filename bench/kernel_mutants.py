"""Every small way to break a kernel, as text: a sign, a comparison, a number, a barrier left out.

Used by `mutation_sample.py`.  Unlike Python's mutants these know no syntax: what a C++ compiler
refuses counts as killed, and says nothing; so only what compiles nearly always is changed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMMENT = re.compile(r"//.*$")
NOT_CODE = re.compile(r"^\s*(#|//|$)")
SWAPS = (
    (r"(?<=[\w)\]]) \+ (?=[\w(])", " - "),
    (r"(?<=[\w)\]]) - (?=[\w(])", " + "),
    (r"(?<=[\w)\]]) \* (?=[\w(])", " + "),
    (r"(?<=[\w)\]]) < (?=[\w(])", " <= "),
    (r"(?<=[\w)\]]) <= (?=[\w(])", " < "),
    (r"(?<=[\w)\]]) > (?=[\w(])", " >= "),
    (r"(?<=[\w)\]]) >= (?=[\w(])", " > "),
    (r" == ", " != "),
    (r" && ", " || "),
    (r" \+= ", " -= "),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
)
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
BARRIER = re.compile(r"__sync\w+\([^;]*\);")


@dataclass(frozen=True)
class TextChange:
    """A part of a text, and what stands there instead."""

    start: int
    end: int
    new: str

    def apply(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


def text_changes(text: str) -> Iterator[TextChange]:
    """Yield every change of a kernel's file, line by line."""
    offset = 0
    for line in text.splitlines(keepends=True):
        if not NOT_CODE.match(line):
            yield from _of_line(COMMENT.sub("", line), offset)
        offset += len(line)


def _of_line(code: str, offset: int) -> Iterator[TextChange]:
    for pattern, new in SWAPS:
        for match in re.finditer(pattern, code):
            yield TextChange(offset + match.start(), offset + match.end(), new)
    for match in NUMBER.finditer(code):
        yield TextChange(offset + match.start(), offset + match.end(), str(int(match[0]) + 1))
    for match in BARRIER.finditer(code):
        yield TextChange(offset + match.start(), offset + match.end(), ";")


def line_around(text: str, change: TextChange) -> tuple[str, str]:
    """Return the line of a change, before and after it."""
    first = text.rfind("\n", 0, change.start) + 1
    last = text.find("\n", change.end)
    before = text[first:last]
    after = change.apply(text)[first : last + len(change.new) - (change.end - change.start)]
    return " ".join(before.split()), " ".join(after.split())
