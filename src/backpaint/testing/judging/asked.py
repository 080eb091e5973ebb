"""Somebody's loss and gradient, called at x: what came back, and what is wrong besides values."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .layouts import Array, explain_kind, is_numeric, kind_of, to_numpy

PAIR = "the pair (loss, gradient)"


REPEATED = 1e-12
"""Of the largest element: how far two calls may be apart whose sums run in any order."""
REPEATED_SINGLE = 1e-6
"""The same of numbers with float32's digits."""


class Misanswered(Exception):
    """A function gives something else than a loss and its gradient; the message says what."""


class Asked:
    """Calls a function, and remembers what it gave at x.

    Parameters
    ----------
    function : callable
        ``loss, gradient = function(x)``.
    x : ndarray of float64
    to_array : callable or None
        Makes an array of the judged function's library.

    Attributes
    ----------
    loss : float
    gradient : ndarray
        As it came: of any shape and precision.
    in_single : bool
        Whether no loss so far had more digits than float32.

    Raises
    ------
    Misanswered
        If it does not give a loss and a gradient.
    """

    def __init__(
        self, function: Callable[[Any], Any], x: Array, to_array: Callable[[Array], Any] | None
    ) -> None:
        self._function = function
        self._to_array = to_array
        self.x = x
        self.in_single = True
        argument = self._argument(x)
        self.loss, self.gradient = self._call(argument)
        self._written = not np.array_equal(to_numpy(argument), x)
        self._again = self._call(self._argument(x))

    @property
    def usable(self) -> bool:
        """Whether differences can tell anything."""
        return (
            self.gradient.shape == self.x.shape
            and bool(np.isfinite(self.gradient).all())
            and bool(np.isfinite(self.loss))
            and self._repeats_loss
        )

    def complaints(self) -> Iterator[str]:
        """Return what is wrong besides the values."""
        if self._written:
            yield "it writes into its argument x"
        if self.gradient.shape != self.x.shape:
            yield f"the gradient has the shape {self.gradient.shape}; x has {self.x.shape}"
        elif not (np.isfinite(self.gradient).all() and np.isfinite(self.loss)):
            yield "the loss or the gradient is NaN or infinite"
        if not self._repeats_loss:
            yield "the loss is another one when it is called again with the same x"
        elif not self._repeats_gradient:
            double = np.allclose(self._again[1], 2 * self.gradient)
            yield (
                "the gradient adds up: the second call with the same x gives the double"
                if double
                else "the gradient is another one when it is called again with the same x"
            )

    def notes(self) -> Iterator[str]:
        """Return what is not wrong, but worth knowing."""
        if self._repeats_loss and self._repeats_gradient and self._last_digits_differ:
            yield "called again with the same x, it gives other last digits, as sums in any order"

    @property
    def _repeats_loss(self) -> bool:
        return are_close(np.array(self.loss), np.array(self._again[0]))

    @property
    def _repeats_gradient(self) -> bool:
        return are_close(self.gradient, self._again[1])

    @property
    def _last_digits_differ(self) -> bool:
        loss, gradient = self._again
        return loss != self.loss or not np.array_equal(gradient, self.gradient)

    def value(self, x: Array) -> float:
        """Compute the loss alone."""
        return self._call(self._argument(x))[0]

    def told(self, v: Array) -> float:
        """Compute the slope along a direction that the gradient tells."""
        return float(np.sum(self.gradient.astype(np.float64) * v))

    def _call(self, argument: Any) -> tuple[float, Array]:
        answer = self._function(argument)
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise Misanswered(explain_kind(answer, PAIR))
        loss, gradient = answer
        if not is_numeric(loss) or to_numpy(loss).size != 1:
            raise Misanswered(f"its loss is {kind_of(loss)}; expected {PAIR}, the loss one number")
        if not is_numeric(gradient):
            raise Misanswered(
                f"its gradient is {kind_of(gradient)}; expected an array of real numbers like x"
            )
        numbers = to_numpy(loss)
        value = float(numbers.reshape(()))
        self.in_single &= is_single(numbers)
        return value, to_numpy(gradient)

    def _argument(self, x: Array) -> Any:
        return x.copy() if self._to_array is None else self._to_array(x.copy())


def are_close(first: Array, second: Array) -> bool:
    """Whether two calls gave the same, but for the order of sums; a NaN equals a NaN."""
    if first.shape != second.shape:
        return False
    single = is_single(first) and is_single(second)
    largest = np.abs(first).max(initial=0, where=np.isfinite(first))
    margin = (REPEATED_SINGLE if single else REPEATED) * float(largest)
    return bool(np.allclose(first, second, rtol=0, atol=margin, equal_nan=True))


def is_single(values: Array) -> bool:
    """Whether no value has more digits than float32."""
    with np.errstate(over="ignore"):
        return np.array_equal(values.astype(np.float32), values, equal_nan=True)
