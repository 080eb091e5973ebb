"""The array of the emulated device: CuPy's `ndarray`, as far as `backpaint.gpu` uses it.

It is no NumPy array on purpose.  NumPy functions refuse it as they refuse CuPy's arrays, so code
that forgets a copy between host and device fails here as it fails there.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .memory import Allocation
from .streams import Stream, forbid_while_capturing, issue


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

    def astype(self, dtype: DTypeLike, copy: bool = True) -> "ndarray":
        """Convert to another type."""
        return self if self.dtype == dtype and not copy else new(self.host.astype(dtype))

    def copy(self) -> "ndarray":
        """Copy to new device memory."""
        return new(self.host)

    def fill(self, value: Any) -> None:
        """Set every element."""
        self[...] = value

    def set(self, host: NDArray[Any], stream: Stream | None = None) -> None:
        """Copy from the host."""
        forbid_while_capturing("a host array is copied")
        if host.shape != self.shape or host.dtype != self.dtype:
            raise ValueError(f"{host.shape}, {host.dtype} does not fit {self.shape}, {self.dtype}")
        self._write(host)

    def get(self, stream: Stream | None = None, out: Any = None) -> NDArray[Any]:
        """Copy to the host."""
        forbid_while_capturing("an array is copied to the host")
        if out is None:
            return self.host.copy()
        out[...] = self.host
        return np.asarray(out)

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
    """Allocate device memory and copy an array of the host to it."""
    array = empty(host.shape, host.dtype)
    array.host[...] = host
    return array


def empty(shape: int | tuple[int, ...], dtype: DTypeLike = np.float64) -> ndarray:
    """Allocate an array full of poison.

    Raises
    ------
    RuntimeError
        During the capture of a graph, where a device refuses to allocate.
    """
    forbid_while_capturing("an array is allocated")
    shape = (shape,) if isinstance(shape, int) else tuple(int(length) for length in shape)
    dtype = np.dtype(dtype)
    allocation = Allocation(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize)
    return ndarray(allocation.array(shape, dtype), allocation)
