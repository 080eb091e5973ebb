"""Bands of rows that are computed together, each with what it sees of its neighbors."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Band:
    """Rows of a picture, or of a feature map, that are computed together.

    Attributes
    ----------
    first, last : int
        The rows that it keeps, without `last`.
    top, bottom : int
        The rows that it computes, without `bottom`: those, and a halo inside the picture.
    """

    first: int
    last: int
    top: int
    bottom: int

    @property
    def rows(self) -> slice:
        """The rows that it keeps, of the picture."""
        return slice(self.first, self.last)

    @property
    def window(self) -> slice:
        """The rows that it computes, of the picture."""
        return slice(self.top, self.bottom)

    @property
    def kept(self) -> slice:
        """The rows that it keeps, of those that it computes."""
        return slice(self.first - self.top, self.last - self.top)

    def ends(self, height: int) -> tuple[bool, bool]:
        """Whether a picture of this height begins where the window does, and ends there, too."""
        return self.top == 0, self.bottom == height

    def halved(self) -> "Band":
        """Return the same rows after a pool."""
        return Band(self.first // 2, (self.last + 1) // 2, self.top // 2, (self.bottom + 1) // 2)


def whole(height: int) -> Band:
    """Return the one band of what is not cut."""
    return Band(0, height, 0, height)
