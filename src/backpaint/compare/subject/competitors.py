"""The competitors: our engines, and other libraries in each of their forms."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from ...engines import ENGINES, engine_class
from ...errors import UsageError, did_you_mean

SINGLE, HALF = 1e-2, 1e-1
"""How far a gradient may be off, in the Euclidean norm: with products of float32, and of less.
ReLUs and maxima that decide otherwise make most of it, not the rounding itself."""


@dataclass(frozen=True)
class Competitor:
    """An engine, or a library in one of its forms.

    Attributes
    ----------
    family : str
        ``cpu``, ``pytorch`` and so on.
    form : str
        What sets it apart within the family; may be empty.
    rivals : str
        Those of one family and of equal `rivals` are forms of the same: the fastest is timed.  An
        engine's forms differ in precision, and each is timed.
    device : {"cpu", "cuda"}
        Where it computes.
    tolerance : float
        How far its gradient may be from float64's.
    """

    family: str
    form: str = ""
    rivals: str = ""
    device: str = "cpu"
    tolerance: float = SINGLE

    @property
    def name(self) -> str:
        """The name that ``--only`` takes: ``pytorch/channels_last``."""
        return f"{self.family}/{self.form}" if self.form else self.family

    @property
    def is_library(self) -> bool:
        """Whether somebody else wrote it."""
        return self.family not in ENGINES


COMPETITORS = (
    Competitor("cpu"),
    Competitor("cpu", "exact", rivals="exact"),
    Competitor("reference"),
    Competitor("gpu", "exact", rivals="exact", device="cuda"),
    Competitor("gpu", "tf32", rivals="tf32", device="cuda", tolerance=HALF),
    Competitor("gpu", "fast", rivals="fast", device="cuda", tolerance=HALF),
    Competitor("pytorch", "contiguous"),
    Competitor("pytorch", "channels_last"),
    Competitor("pytorch", "compiled"),
    Competitor("tensorflow"),
    Competitor("tensorflow", "xla"),
    Competitor("jax"),
    *(
        Competitor(
            "pytorch-cuda",
            f"{precision}-{mode}",
            rivals=precision,
            device="cuda",
            tolerance=SINGLE if precision == "fp32" else HALF,
        )
        for precision in ("fp32", "tf32", "bf16")
        for mode in ("eager", "graph", "compiled")
    ),
)
FAMILIES = tuple(dict.fromkeys(competitor.family for competitor in COMPETITORS))
MODULES = {"pytorch": "torch", "pytorch-cuda": "torch", "tensorflow": "tensorflow", "jax": "jax"}
"""What each library is imported as."""


def competitor(name: str) -> Competitor:
    """Find a competitor by its full name."""
    return next(one for one in COMPETITORS if one.name == name)


def wanted(only: Iterable[str]) -> tuple[Competitor, ...]:
    """List whom names ask for; everybody without names.

    Parameters
    ----------
    only : iterable of str
        Families such as ``pytorch``, or forms such as ``pytorch/compiled``.

    Raises
    ------
    UsageError
        If there is no such competitor.

    Examples
    --------
    >>> [one.name for one in wanted(["tensorflow", "cpu/exact"])]
    ['cpu/exact', 'tensorflow', 'tensorflow/xla']
    """
    names = list(only)
    known = [*FAMILIES, *(one.name for one in COMPETITORS)]
    for name in names:
        if name not in known:
            raise UsageError(
                f"there is nothing to compare called {name!r}{did_you_mean(name, known)}; choose "
                f"of {', '.join(FAMILIES)}, or a form such as pytorch/channels_last"
            )
    return tuple(
        one for one in COMPETITORS if not names or one.family in names or one.name in names
    )


def absent(families: Iterable[str]) -> dict[str, str]:
    """Return which families cannot run here, and why, in a few words each."""
    reasons = {family: _why_absent(family) for family in dict.fromkeys(families)}
    return {family: reason for family, reason in reasons.items() if reason}


@cache
def _why_absent(family: str) -> str:
    if family in ENGINES:
        try:
            engine_class(family)().require_usable()
        except UsageError as error:
            return str(error)
        return ""
    if find_spec(MODULES[family]) is None:
        return "not installed"
    return _why_no_cuda() if family == "pytorch-cuda" else ""


def _why_no_cuda() -> str:
    """Ask PyTorch for a GPU in another process: importing it takes seconds and memory."""
    reason = "PyTorch sees no GPU"
    try:
        if version("torch").endswith("+cpu"):
            return reason
    except PackageNotFoundError:
        pass
    command = [sys.executable, "-c", "import torch; print(torch.cuda.is_available())"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if found.stdout.strip() == "True" else reason
