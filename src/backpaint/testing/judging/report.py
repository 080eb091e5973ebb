"""Findings about the judged functions, in words."""

from dataclasses import dataclass
from math import isfinite

from ...words import counted


class WrongGradient(AssertionError):
    """A function does not compute what it should; the message is the report.

    Attributes
    ----------
    report : Report
    """

    def __init__(self, report: "Report") -> None:
        super().__init__(f"\n{report}")
        self.report = report


class NotJudged(AssertionError):
    """A function can be called neither right nor wrong; the message, the report, says why.

    Attributes
    ----------
    report : Report
    """

    def __init__(self, report: "Report") -> None:
        super().__init__(f"\n{report}")
        self.report = report


@dataclass(frozen=True)
class Finding:
    """The finding about one function.

    Attributes
    ----------
    part : str
        Which: ``"backward_input"``.
    cases : int
        How many inputs it was given.
    wrong : tuple of str
        What is wrong, the name of the mistake first; empty if nothing is.
    notes : tuple of str
        What is right, but another choice than ours.
    error : float
        The largest difference over the largest expected value, in the worst case.
    undecided : str
        Why it could not be judged; empty if it was.
    """

    part: str
    cases: int
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: float = 0.0
    undecided: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was judged, and nothing is wrong."""
        return not self.wrong and not self.undecided

    @property
    def verdict(self) -> str:
        """``"right"``, ``"WRONG"`` or ``"not judged"``."""
        return "WRONG" if self.wrong else "not judged" if self.undecided else "right"

    def __str__(self) -> str:
        if self.verdict == "not judged":
            return f"{self.part}: not judged ({counted(self.cases, 'case')})\n    {self.undecided}"
        error = f"{self.error:.1e}" if isfinite(self.error) else "infinite, where 0 is right"
        lines = [
            f"{self.part}: {self.verdict} ({counted(self.cases, 'case')}, worst error {error})"
        ]
        lines += [f"    {text}" for text in self.wrong]
        return "\n".join([*lines, *(f"    note: {text}" for text in self.notes)])


@dataclass(frozen=True)
class Report:
    """The findings about an operation's functions.

    Attributes
    ----------
    operation : str
    findings : tuple of Finding
        One for each function that was given.
    """

    operation: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every function was judged, and is right."""
        return all(finding.ok for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join([self.operation, *(f"  {finding}" for finding in self.findings)])

    def required(self) -> "Report":
        """Return itself, or raise `WrongGradient` or `NotJudged` if a function is not right."""
        if any(finding.wrong for finding in self.findings):
            raise WrongGradient(self)
        if not self.ok:
            raise NotJudged(self)
        return self
