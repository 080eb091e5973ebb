"""What calls of CuPy's array module come to: a view, a refusal, or work for a device.

`test_arrays.py` holds the emulator to this table, and `device/test_cupy.py` the real CuPy, which
can show all but the work without a GPU.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

SHAPE = (4, 6, 8)
WORK = "work for a device"


class Call(NamedTuple):
    """A call with the array module and a (4, 6, 8) array of float32.

    Attributes
    ----------
    made : callable
    comes_to : type, tuple or str
        The exception, the strides of a view, or `WORK`.
    """

    made: Callable[[Any, Any], Any]
    comes_to: Any


ONES = np.ones(SHAPE, np.float32)

CALLS: dict[str, Call] = {
    "a host array in one piece": Call(lambda xp, a: xp.ascontiguousarray(ONES), TypeError),
    "a list in one piece": Call(lambda xp, a: xp.ascontiguousarray([1.0]), TypeError),
    "a device array in one piece": Call(lambda xp, a: xp.ascontiguousarray(a), (192, 32, 4)),
    "columns in one piece": Call(lambda xp, a: xp.ascontiguousarray(a.T), WORK),
    "another type in one piece": Call(lambda xp, a: xp.ascontiguousarray(a, np.float64), WORK),
    "zeros of 16 bytes": Call(lambda xp, a: xp.zeros(3, np.longdouble), ValueError),
    "objects": Call(lambda xp, a: xp.empty(3, object), ValueError),
    "a shape of letters": Call(lambda xp, a: xp.empty("a"), TypeError),
    "a shape of floats": Call(lambda xp, a: xp.empty((2.0, 3)), TypeError),
    "conversion unasked for": Call(lambda xp, a: np.asarray(a), TypeError),
    "a key": Call(lambda xp, a: {a: 1}, TypeError),
    "set to a list": Call(lambda xp, a: a.set([1.0]), TypeError),
    "set to another type": Call(lambda xp, a: a.set(ONES.astype(np.float64)), TypeError),
    "set to another shape": Call(lambda xp, a: a.set(ONES[1:]), ValueError),
    "set what is in pieces": Call(lambda xp, a: a[:, ::2].set(ONES[:, ::2]), RuntimeError),
    "set": Call(lambda xp, a: a.set(ONES), WORK),
    "set to columns": Call(lambda xp, a: a.set(np.asfortranarray(ONES)), WORK),
    "assigned a host array": Call(lambda xp, a: a.__setitem__(..., ONES), ValueError),
    "filled with a host array": Call(lambda xp, a: a.fill(np.ones(2)), ValueError),
    "assigned a number": Call(lambda xp, a: a.__setitem__(..., 1.0), WORK),
    "filled": Call(lambda xp, a: a.fill(1), WORK),
    "fetched": Call(lambda xp, a: xp.asnumpy(a), WORK),
    "copied": Call(lambda xp, a: a.copy(), WORK),
    "another type": Call(lambda xp, a: a.astype(np.float16), WORK),
    "the same type": Call(lambda xp, a: a.astype(np.float32, copy=False), (192, 32, 4)),
    "rows": Call(lambda xp, a: a[1:3], (192, 32, 4)),
    "every second row": Call(lambda xp, a: a[:, ::2], (192, 64, 4)),
    "backwards": Call(lambda xp, a: a[::-1], (-192, 32, 4)),
    "one number": Call(lambda xp, a: a[0, 0, 0], ()),
    "a row too far": Call(lambda xp, a: a[4], IndexError),
    "axes": Call(lambda xp, a: a.transpose(0, 2, 1), (192, 4, 32)),
    "axes as a tuple": Call(lambda xp, a: a.transpose((2, 0, 1)), (4, 192, 32)),
    "too few axes": Call(lambda xp, a: a.transpose(0, 1), ValueError),
    "all axes": Call(lambda xp, a: a.T, (4, 32, 192)),
    "in a row": Call(lambda xp, a: a.ravel(), (4,)),
    "in another shape": Call(lambda xp, a: a.reshape(24, -1), (32, 4)),
    "in a shape that does not fit": Call(lambda xp, a: a.reshape(5, -1), ValueError),
    "columns in a row": Call(lambda xp, a: a.T.ravel(), WORK),
    "bytes": Call(lambda xp, a: a.view(np.uint8), (192, 32, 1)),
    "pairs": Call(lambda xp, a: a.view(np.float64), (192, 32, 8)),
    "bytes of columns": Call(lambda xp, a: a.T.view(np.uint8), ValueError),
    "bytes of rows": Call(lambda xp, a: a[:, ::2].view(np.float16), (192, 64, 2)),
    "pairs of an odd number": Call(lambda xp, a: a[:, :, :3].view(np.float64), ValueError),
    "a module without a name": Call(lambda xp, a: xp.RawModule("text"), TypeError),
    "a module of bytes": Call(lambda xp, a: xp.RawModule(code=b"text"), TypeError),
    "a list of options": Call(lambda xp, a: xp.RawModule(code="", options=["-x"]), TypeError),
}


def outcome(call: Call, xp: Any, a: Any, refusals: tuple[type[Exception], ...] = ()) -> Any:
    """Make a call, and tell what it came to; `refusals` are those of a device."""
    try:
        result = call.made(xp, a)
    except refusals:
        return WORK
    except Exception as error:
        return type(error)
    return WORK if call.comes_to is WORK else result.strides
