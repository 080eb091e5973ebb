"""A machine's programs, processor and GPU, which could change a run's bits, and differences.

Sums of floating-point numbers depend on their order, which libraries choose by their version and by
what the processor can do.
"""

import platform
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from .. import __version__
from ..engine.engine import Engine
from ..problem.recipe import LBFGSB, Optimizer
from ..words import printable

FEATURES = "processor features"
LAYOUT = "arrays of its l-bfgs-b"
UNKNOWN = "not told"
MOST, LONGEST = 5, 100
"""Differences that are named, and characters of each value: a file may say anything."""


def describe_machine(engine: Engine, optimizer: Optimizer) -> dict[str, str]:
    """Collect what the bits of a run depend on, beside its settings.

    Parameters
    ----------
    engine : Engine
    optimizer : Optimizer
        SciPy matters where it minimizes.

    Returns
    -------
    dict of str to str
        Values by name, in words; nothing that names the machine's owner.
    """
    found = {
        "backpaint": __version__,
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "NumPy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "C library": " ".join(platform.libc_ver()).strip() or UNKNOWN,
        FEATURES: _features(),
        "BLAS": _blas(),
    }
    if isinstance(optimizer, LBFGSB):
        found |= _scipy()
    return found | engine.surroundings()


def differences(kept: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """List in words what is not here as it was there; nothing else that is here matters.

    Examples
    --------
    >>> differences({"NumPy": "2.1.0", "Python": "3.12"}, {"NumPy": "2.3.1", "Python": "3.12"})
    ['NumPy 2.1.0, here 2.3.1']
    >>> differences({FEATURES: "AVX2 FMA3"}, {FEATURES: "AVX2 AVX512F"})
    ['processor features FMA3, here AVX512F']
    """
    changed = {
        name: (value, here.get(name, UNKNOWN))
        for name, value in kept.items()
        if value != here.get(name, UNKNOWN)
    }
    if FEATURES in changed:
        value, other = changed[FEATURES]
        changed[FEATURES] = _only(value, other), _only(other, value)
    named = [
        f"{printable(name, LONGEST)} {printable(value, LONGEST)}, here {printable(other, LONGEST)}"
        for name, (value, other) in changed.items()
    ]
    return named[:MOST] + [f"{len(named) - MOST} things more"] * (len(named) > MOST)


def _only(words: str, others: str) -> str:
    """Keep the words that are not among others."""
    return " ".join(word for word in words.split() if word not in others.split()) or "without"


def _features() -> str:
    """List the instructions that NumPy has found here and uses."""
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        try:
            features: dict[str, bool] = import_module(name).__cpu_features__
        except (ImportError, AttributeError):  # it is private
            continue
        return " ".join(feature for feature, is_there in features.items() if is_there)
    return UNKNOWN


def _blas() -> str:
    """Name the libraries that multiply matrices, and the kernels that they have chosen."""
    import scipy.linalg.blas  # noqa: F401  # whose library it may bring along
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    libraries: list[dict[str, Any]] = threadpool_info()
    words = {
        " ".join(str(one[key]) for key in ("internal_api", "version", "architecture") if key in one)
        for one in libraries
        if one["user_api"] == "blas"
    }
    return " and ".join(sorted(words)) or UNKNOWN


def _scipy() -> dict[str, str]:
    """Return which SciPy minimizes, and in which arrays it keeps its state."""
    import scipy

    from ..optimizers import usable_layout

    layout = usable_layout()
    kind = UNKNOWN if layout is None else f"{type(layout).__name__}, {layout.integers}"
    return {"SciPy": scipy.__version__, LAYOUT: kind}
