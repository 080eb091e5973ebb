"""The result of a check: one row of the table."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Result:
    """The worst of one proof of one operation, or of one preset.

    Attributes
    ----------
    subject : str
        What was checked: ``"conv"``, ``"preset gatys"``.
    proof : str
        How: ``"loops"``, ``"adjoint"``.
    error : float
        The largest difference over the largest expected value, of all comparisons.
    tolerance : float
        What it may be.
    compared : int
        How many arrays or numbers were compared.
    skipped : int
        How many were not, because a kink was in the way.
    worst : str
        The comparison with the largest error.
    note : str
        What a reader must know besides.
    seconds : float
        How long it took.
    """

    subject: str
    proof: str
    error: float
    tolerance: float
    compared: int
    skipped: int = 0
    worst: str = ""
    note: str = ""
    seconds: float = 0.0

    @property
    def used(self) -> float:
        """The part of the tolerance that the error takes: 1.0 is all of it."""
        return self.error / self.tolerance

    @property
    def passed(self) -> bool:
        """Whether the error is within its tolerance, and something was compared at all."""
        return self.compared > 0 and self.used <= 1

    def including(self, error: float, where: str) -> "Result":
        """Take in one more comparison."""
        if error > self.error or not self.worst:
            return replace(self, error=error, worst=where, compared=self.compared + 1)
        return replace(self, compared=self.compared + 1)
