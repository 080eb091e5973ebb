"""The array of the emulated device: CuPy's `ndarray`, as far as `backpaint.gpu` uses it.

It is no NumPy array on purpose.  NumPy functions refuse it as they refuse CuPy's arrays, so code
that forgets a copy between host and device fails here as it fails there.
"""

from operator import index
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .memory import Allocation
from .streams import forbid_while_capturing, issue

TYPES = "?bhilqBHILQefdFD"
"""Characters of the dtypes that a device array may have."""


class ndarray:
    """An array in the memory of the emulated device.

    Parameters
    ----------
    host : ndarray
        The numbers: a view of `allocation`.
    allocation : Allocation
        Where they lie.
    """

    __array_ufunc__ = None  # NumPy's functions refuse it
    __hash__ = None  # type: ignore[assignment]  # arrays are compared element by element

    def __eq__(self, other: object) -> Any:
        raise TypeError("a device array is compared element by element; the engine needs no such")

    def __init__(self, host: NDArray[Any], allocation: Allocation) -> None:
        self.host = host
        self.allocation = allocation

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a device array does not become a NumPy array by itself; use asnumpy")

    def __repr__(self) -> str:
        return f"device {self.host!r}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self.host.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of an element."""
        return self.host.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.host.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.host.size

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self.host.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.host.nbytes

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next along each axis."""
        return self.host.strides

    @property
    def flags(self) -> Any:
        """Whether the elements lie in one piece."""
        return self.host.flags

    @property
    def data(self) -> SimpleNamespace:
        """The address of the elements: ``data.ptr``."""
        return SimpleNamespace(ptr=self.host.ctypes.data)

    @property
    def T(self) -> "ndarray":
        """The axes in reverse order, as a view."""
        return self.transpose()

    def __len__(self) -> int:
        return len(self.host)

    def __getitem__(self, key: Any) -> "ndarray":
        keys = key if isinstance(key, tuple) else (key,)
        if any(not isinstance(k, int | slice | type(None) | type(Ellipsis)) for k in keys):
            raise TypeError("the emulated device knows indices and slices only")
        full = keys if Ellipsis in keys else (*keys, Ellipsis)  # one number too stays on the device
        return ndarray(self.host[full], self.allocation)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, np.ndarray) and value.ndim:
            raise ValueError("a host array is not assigned to a device array; use set or asarray")
        self[key]._write(value.host if isinstance(value, ndarray) else value)

    def _write(self, value: Any) -> None:
        target = self.host

        def work() -> None:
            target[...] = value

        issue(work)

    def reshape(self, *shape: Any) -> "ndarray":
        """See the same numbers in another shape; they are copied where that is impossible."""
        view = self.host.reshape(*shape)
        if np.shares_memory(view, self.host) or self.size == 0:
            return ndarray(view, self.allocation)
        return new(view)

    def ravel(self) -> "ndarray":
        """See the same numbers in a row."""
        return self.reshape(-1)

    def transpose(self, *axes: Any) -> "ndarray":
        """Exchange axes, as a view."""
        return ndarray(self.host.transpose(*axes), self.allocation)

    def view(self, dtype: DTypeLike) -> "ndarray":
        """See the same bytes as another type."""
        return ndarray(self.host.view(dtype), self.allocation)

    def astype(self, dtype: DTypeLike, *, copy: bool = True) -> "ndarray":
        """Convert to another type; the axes keep their order in memory."""
        return self if self.dtype == dtype and not copy else new(self.host.astype(dtype))

    def copy(self) -> "ndarray":
        """Copy to new device memory, in one piece."""
        return new(np.ascontiguousarray(self.host).reshape(self.shape))

    def fill(self, value: Any) -> None:
        """Set every element."""
        self[...] = value

    def set(self, arr: NDArray[Any]) -> None:
        """Copy from the host."""
        forbid_while_capturing("a host array is copied")
        if not isinstance(arr, np.ndarray):
            raise TypeError("only an array of NumPy can be set")
        if arr.dtype != self.dtype:
            raise TypeError(f"an array of {arr.dtype} is not set to one of {self.dtype}")
        if arr.shape != self.shape:
            raise ValueError(f"an array {arr.shape} is not set to one of {self.shape}")
        if not (self.flags.c_contiguous or self.flags.f_contiguous):
            raise RuntimeError("an array in pieces is not set")
        self._write(arr.copy())

    def get(self) -> NDArray[Any]:
        """Copy to the host, in one piece."""
        forbid_while_capturing("an array is copied to the host")
        return self.host.copy(order="C")

    def item(self) -> Any:
        """Copy a single number to the host."""
        return self.get().item()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())


def new(host: NDArray[Any]) -> ndarray:
    """Allocate device memory and copy an array to it; the axes keep their order in memory."""
    array = empty_as(host, host.dtype)
    array.host[...] = host
    return array


def empty_as(host: NDArray[Any], dtype: DTypeLike) -> ndarray:
    """Allocate an array like another one, whose axes have the same order in memory."""
    strides = np.empty_like(host).strides
    axes = sorted(range(host.ndim), key=lambda axis: -strides[axis])
    array = empty(tuple(host.shape[axis] for axis in axes), dtype)
    return array.transpose([axes.index(axis) for axis in range(host.ndim)])


def empty(shape: int | tuple[int, ...], dtype: DTypeLike = float) -> ndarray:
    """Allocate an array full of poison.

    Raises
    ------
    RuntimeError
        During the capture of a graph, where a device refuses to allocate.
    ValueError
        If a device has no such numbers.
    """
    forbid_while_capturing("an array is allocated")
    dtype = np.dtype(dtype)
    if dtype.char not in TYPES:
        raise ValueError(f"a device array has no elements of the type {dtype}")
    lengths = (shape,) if isinstance(shape, int | np.integer) else shape
    lengths = tuple(index(length) for length in lengths)
    allocation = Allocation(int(np.prod(lengths, dtype=np.int64)) * dtype.itemsize)
    return ndarray(allocation.array(lengths, dtype), allocation)
