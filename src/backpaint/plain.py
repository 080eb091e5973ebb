"""Numbers of any type as Python's own: settings are compared, checked and written as JSON."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Turn numbers, and lists and tables of them, into Python's own; leave all else as it is.

    Parameters
    ----------
    value : object
        A number of NumPy, PyTorch, pandas or the standard library, an array, sequence or mapping.

    Returns
    -------
    object
        Made of bool, int, float, str, list and dict, as far as it was made of such.

    Examples
    --------
    >>> plain(np.float32(0.5)), plain({"a": np.arange(2)}), plain(Decimal("0.25")), plain("off")
    (0.5, {'a': [0, 1]}, 0.25, 'off')
    """
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real | Decimal):
        with suppress(OverflowError):  # a fraction that no float can hold
            return float(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return value
