"""Some bytes of a file, of which nothing is read before it is wanted.

The file is read, not mapped into memory: a mapped one that becomes shorter ends the process.
"""

import os
from dataclasses import dataclass
from typing import IO

_MOST_FIELDS_IN_ALL = 100_000
"""Of all messages that are looked into: ten thousand of as many fields would take minutes."""


class WireError(ValueError):
    """The bytes are no message."""


@dataclass
class Budget:
    """The number of fields that may still be looked at in a file."""

    fields: int = _MOST_FIELDS_IN_ALL

    def spend(self) -> None:
        """Take one field.

        Raises
        ------
        WireError
            If there is none left.
        """
        self.fields -= 1
        if self.fields < 0:
            raise WireError(f"more than {_MOST_FIELDS_IN_ALL} fields")


@dataclass(frozen=True)
class Bytes:
    """Some bytes of a file, of which nothing is read yet.

    Attributes
    ----------
    file : binary file
    begin, end : int
        Where the first one lies, and where the first one after them.
    budget : Budget
        The whole file's.
    """

    file: IO[bytes]
    begin: int
    end: int
    budget: Budget

    def __len__(self) -> int:
        return self.end - self.begin

    def part(self, begin: int, length: int) -> "Bytes":
        """Take a part, by its place in these bytes; it ends where they do."""
        start = self.begin + begin
        return Bytes(self.file, start, min(start + length, self.end), self.budget)

    def read(self) -> bytes:
        """Read all of them, or fewer from a file that has become shorter."""
        self.file.seek(self.begin)
        return self.file.read(len(self))


def whole(file: IO[bytes]) -> Bytes:
    """Take all of a file."""
    return Bytes(file, 0, file.seek(0, os.SEEK_END), Budget())
