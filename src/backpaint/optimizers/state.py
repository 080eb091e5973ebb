"""States as arrays by name: how one is written, and how one that comes back is checked."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import UsageError
from ..words import printable
from .contract import State

LONGEST_NAME = 40
ADVICE = "give the picture and the optimizer's options that the state was made with"


def numbers(**values: float) -> State:
    """Write numbers as arrays without an axis: int64 for whole numbers and truth values.

    Examples
    --------
    >>> numbers(loss=2.5, iterations=3, is_stuck=False)
    {'loss': array(2.5), 'iterations': array(3), 'is_stuck': array(0)}
    """
    return {
        name: np.array(value, np.int64 if isinstance(value, int) else np.float64)
        for name, value in values.items()
    }


def blank(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[np.generic]:
    """Make an array that has a shape and a dtype, and takes no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)


def size_of(state: State, *bounds: NDArray[np.float64]) -> int:
    """Return how many values the point of a state has.

    Parameters
    ----------
    state : State
        Its point is ``x``.
    *bounds : ndarray
        What must broadcast to the point.

    Raises
    ------
    UsageError
        If there is no point, or it has another size.
    """
    x = state.get("x")
    if x is None or x.ndim != 1 or x.size == 0:
        found = "no array x" if x is None else f"an array x of shape {x.shape}"
        raise UsageError(f"the state has {found}; expected a flat picture; {ADVICE}")
    for bound in bounds:
        if bound.ndim and bound.shape not in {(1,), x.shape}:
            raise UsageError(
                f"the state is of a picture of {x.size} values; expected {bound.size}; {ADVICE}"
            )
    return int(x.size)


def checked(state: State, like: State) -> State:
    """Copy a state that has the names, shapes and dtypes of another one.

    Parameters
    ----------
    state : State
        What somebody wants to restore.
    like : State
        What it has to look like; its values do not matter.

    Returns
    -------
    State
        Arrays that share no memory with `state`.

    Raises
    ------
    UsageError
        If a name is missing or unknown, a shape or dtype is another, a number along an axis is NaN
        or infinite, or a count is negative.
    """
    _require_names(state, like)
    for name, expected in like.items():
        array = state[name]
        if array.shape != expected.shape or array.dtype != expected.dtype:
            raise UsageError(
                f"the state's array {name} is {array.dtype} of shape {array.shape}; expected "
                f"{expected.dtype} of shape {expected.shape}; {ADVICE}"
            )
        if array.ndim and array.dtype.kind == "f" and not np.isfinite(array).all():
            raise UsageError(
                f"the state's array {name} has NaN or infinity; expected finite numbers; take an "
                "earlier state"
            )
        if not array.ndim and array.dtype.kind == "i" and array < 0:
            raise UsageError(
                f"the state's {name} is {array}; expected 0 or more; take an earlier state"
            )
    return {name: np.array(state[name], order="C") for name in like}


def _require_names(state: State, like: State) -> None:
    """Compare what is there with what belongs there."""
    missing, unknown = set(like) - set(state), set(state) - set(like)
    if missing or unknown:
        raise UsageError(
            f"the state has {_listed(unknown)} and lacks {_listed(missing)}; expected neither, as "
            f"another method has other arrays; {ADVICE}"
        )


def _listed(names: set[str], most: int = 6) -> str:
    """Name a few unexpected arrays, as a file may have called them."""
    named = ", ".join(printable(name, LONGEST_NAME) for name in sorted(names)[:most])
    if len(names) > most:
        return f"{named} and {len(names) - most} more arrays"
    return f"the arrays {named}" if named else "no unknown arrays"
