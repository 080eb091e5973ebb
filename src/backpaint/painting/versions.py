"""The versions of what computed a picture."""

import platform

import numpy as np


def versions() -> dict[str, str]:
    """Tell the versions of Python, NumPy and SciPy."""
    import scipy

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
