"""The evaluations of a run, as many as a curve can show."""

from typing import Any

import msgspec

MOST = 2000
"""Kept at a time; twice the pixels of a chart."""
LOSS = 2
"""Where the loss stands in a record."""
SECONDS = 5
"""Where its seconds stand, since the run began."""


class Records:
    """A list that is thinned when it grows too long: its peaks stay, so do the first and last.

    Attributes
    ----------
    edition : int
        Grows when the list is thinned: places in it mean other records then.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._records: list[tuple[float, bytes]] = []
        self.edition = 0
        self.last: list[Any] | None = None

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: list[Any]) -> None:
        """Add a record: a list of its fields."""
        self.last = record
        self._records.append((record[LOSS], msgspec.json.encode(record)))
        if len(self._records) > self._most:
            self._thin()

    def since(self, place: int, most: int) -> list[msgspec.Raw]:
        """Return the records from a place on, encoded; not more than `most`."""
        return [msgspec.Raw(encoded) for _, encoded in self._records[place : place + most]]

    def _thin(self) -> None:
        """Keep the larger of every two losses."""
        first, *inner, last = self._records
        pairs = [inner[at : at + 2] for at in range(0, len(inner), 2)]
        self._records = [first, *(max(pair, key=lambda entry: entry[0]) for pair in pairs), last]
        self.edition += 1
