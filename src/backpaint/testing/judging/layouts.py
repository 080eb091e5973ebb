"""Conversion between our arrays and the judged function's: axes, library, precision."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...errors import UsageError

Array = NDArray[Any]
FeatureLayout = Literal["HWC", "CHW", "NHWC", "NCHW"]
FilterLayout = Literal["HWIO", "OIHW"]
FEATURES = frozenset({"x", "y", "grad_y", "target", "style"})
"""Arguments that are feature maps; ``w`` are filters, everything else has no layout."""

ELEMENTS = {
    **dict.fromkeys("fiu", ("number", "")),
    "c": ("complex number", " of complex numbers"),
    "b": ("boolean", " of booleans"),
}
"""What an array may be made of, by NumPy's letter: in words for one, and for many."""


@dataclass(frozen=True)
class Layout:
    """The layout of arrays that the judged functions take and return.

    Attributes
    ----------
    features : {"HWC", "CHW", "NHWC", "NCHW"}
        Height, width, channels, and a batch of one if there is an N.
    filters : {"HWIO", "OIHW"}
        Height, width, in, out.
    to_array : callable, optional
        Makes the library's array of a NumPy array, such as ``torch.from_numpy``.
    dtype : dtype
        float64, or float32.
    is_depthwise : bool
        Whether our filters are (height, width, channels), and theirs have 1 as "in".

    Raises
    ------
    UsageError
        If there is no such order.
    """

    features: FeatureLayout = "HWC"
    filters: FilterLayout = "HWIO"
    to_array: Callable[[Array], Any] | None = None
    dtype: DTypeLike = np.float64
    is_depthwise: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("layout", self.features, ("HWC", "CHW", "NHWC", "NCHW")),
            ("filters", self.filters, ("HWIO", "OIHW")),
        ):
            if value not in known:
                raise UsageError(f"{name} is {value!r}; expected one of {', '.join(known)}")

    def outgoing(self, name: str, value: Any) -> Any:
        """Make an argument of ours one of theirs; numbers stay as they are."""
        if not isinstance(value, np.ndarray):
            return value
        array = value.astype(self.dtype)
        if name in FEATURES:
            array = array.transpose(2, 0, 1) if "CHW" in self.features else array
            array = array[np.newaxis] if self.features.startswith("N") else array
        elif name == "w" and self.filters == "OIHW":
            deep = array if array.ndim == 4 else array[:, :, np.newaxis]  # depthwise: in is 1
            array = deep.transpose(3, 2, 0, 1)
        array = np.array(array, order="C")  # a copy: nobody writes into ours
        return array if self.to_array is None else self.to_array(array)

    def incoming(self, name: str, value: Any) -> Array:
        """Make a result of theirs one of ours; one with other axes than agreed stays as it is."""
        array = to_numpy(value)
        if name in FEATURES:
            if self.features.startswith("N") and array.ndim == 4 and len(array) == 1:
                array = array[0]
            if "CHW" in self.features and array.ndim == 3:
                array = array.transpose(1, 2, 0)
        elif name == "w" and self.filters == "OIHW" and array.ndim == 4:
            array = array.transpose(2, 3, 1, 0)
            array = array[:, :, 0] if self.is_depthwise else array
        return array


def to_numpy(value: Any) -> Array:
    """Copy an array of any library, or a number, to NumPy.

    Parameters
    ----------
    value : array, tensor or number
        PyTorch's (also with a gradient, also on a GPU), CuPy's, JAX's, TensorFlow's; anything with
        ``__array__`` or ``__dlpack__``.
    """
    if hasattr(value, "detach"):  # PyTorch
        value = value.detach().cpu().numpy()
    if hasattr(value, "get") and hasattr(value, "device"):  # CuPy
        value = value.get()
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        value = np.from_dlpack(value)
    return np.array(value)


def is_numeric(value: Any) -> bool:
    """Whether something is a real number or an array of them, of any library."""
    return _dtype_kind(value) in {"f", "i", "u"}


def _dtype_kind(value: Any) -> str:
    """Return NumPy's letter for the type of an array's elements, O where there is no array."""
    try:
        return to_numpy(value).dtype.kind
    except (TypeError, ValueError):
        return "O"


def kind_of(value: Any) -> str:
    """Name what a function gave, for a person.

    Examples
    --------
    >>> kind_of(None), kind_of(2.5), kind_of(np.zeros((2, 3))), kind_of((1.0, None))
    ('None', 'one number', 'an array of the shape (2, 3)', 'a tuple of 2')
    >>> kind_of(1j), kind_of(np.zeros(2) > 1)
    ('one complex number', 'an array of the shape (2,) of booleans')
    """
    if value is None:
        return "None"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    kind = _dtype_kind(value)
    if kind not in ELEMENTS:
        return f"something of type {type(value).__name__}"
    one, many = ELEMENTS[kind]
    array = to_numpy(value)
    return f"one {one}" if array.size == 1 else f"an array of the shape {array.shape}{many}"


def explain_kind(value: Any, expected: str) -> str:
    """Describe how an answer differs from what was expected."""
    if value is None:
        return f"it returns None, as a function does without `return`; expected {expected}"
    return f"it returns {kind_of(value)}; expected {expected}"
