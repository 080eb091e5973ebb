"""Calling the judged function with every case, and finding what is wrong with its answers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...check.operations.tolerances import OPERATION
from .layouts import FEATURES, Array, Layout, explain_kind, is_numeric, to_numpy
from .mistakes import UNKNOWN, Answer, Mistake, Values, explains, recognize
from .report import Finding, Report

Case = tuple[str, Values]


@dataclass(frozen=True)
class Part:
    """One function of an operation, and how to judge it.

    Attributes
    ----------
    name : str
        ``"backward_input"``.
    function : callable
        Somebody's.
    arguments : str
        Names of what it is given: ``"grad_y w"``.
    result : str
        The argument whose layout the result has: ``"x"``.
    right : callable
        What is right for a case.
    mistakes : tuple of Mistake
        The likeliest first.
    harmless : tuple of Mistake
        Other choices than ours that are right, too.
    factors : mapping of str to str
        What it means to be off by a factor.
    """

    name: str
    function: Callable[..., Any]
    arguments: str
    result: str
    right: Callable[[Values], Any]
    mistakes: tuple[Mistake, ...] = ()
    harmless: tuple[Mistake, ...] = ()
    factors: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Answers:
    """The answers of a function, and what was wrong besides their values."""

    given: list[Answer] = field(default_factory=list)
    complaints: dict[str, int] = field(default_factory=dict)

    def complain(self, text: str) -> None:
        self.complaints[text] = self.complaints.get(text, 0) + 1


def examine(
    operation: str,
    parts: Iterable[Part | None],
    cases: Iterable[Case],
    layout: Layout,
    tolerance: float | None = None,
) -> Report:
    """Judge all functions of an operation.

    Parameters
    ----------
    operation : str
        Its name, for the report.
    parts : iterable of Part or None
        None stands for a function that was not given.
    cases : iterable of (str, dict)
        Where and what: the battery.
    layout : Layout
        How the functions want their arrays.
    tolerance : float, optional
        How close is right; absent: that of one operation in the layout's precision.

    Raises
    ------
    TypeError
        If no function was given.
    """
    battery = list(cases)
    given = [part for part in parts if part is not None]
    if not given:
        raise TypeError(f"no function was given to check {operation}")
    if tolerance is None:
        tolerance = OPERATION[np.dtype(layout.dtype).name]
    return Report(operation, tuple(_examine(part, battery, layout, tolerance) for part in given))


def _examine(part: Part, cases: list[Case], layout: Layout, tolerance: float) -> Finding:
    answers = _Answers()
    for where, values in cases:
        _ask(part, where, values, layout, answers)
    error = max((answer.error for answer in answers.given), default=np.inf)
    wrong = [_counted(text, n, len(cases)) for text, n in answers.complaints.items()]
    if not answers.given or error <= tolerance:
        if wrong and answers.given:
            wrong.append(f"its values are right in the {len(answers.given)} cases that have any")
        return Finding(part.name, len(cases), tuple(wrong), error=error)
    for choice in part.harmless:
        if explains(choice, answers.given, tolerance):
            return Finding(part.name, len(cases), tuple(wrong), (choice.name,), error)
    if error < 1e-5 and tolerance < 1e-9:
        named = [
            "the error is as large as float32's rounding: somewhere it is converted to float32"
        ]
    else:
        named = recognize(answers.given, part.mistakes, part.factors, 10 * tolerance)
        if named[0] == UNKNOWN and wrong:
            named = []  # the complaints say more
    return Finding(part.name, len(cases), (*named, *wrong), error=error)


def _ask(part: Part, where: str, values: Values, layout: Layout, answers: _Answers) -> None:
    """Call the function on one case, twice, and note what it gave and did."""
    names = part.arguments.split()
    arguments = [layout.outgoing(name, values[name]) for name in names]
    before = [to_numpy(argument) for argument in arguments]
    right = np.asarray(part.right(values))
    try:
        answer = part.function(*arguments)
        if not is_numeric(answer) or isinstance(answer, tuple):
            answers.complain(explain_kind(answer, "an array" if right.ndim else "a number"))
            return
        found = layout.incoming(part.result, answer)
        after = [to_numpy(argument) for argument in arguments]
        again = layout.incoming(part.result, part.function(*arguments))
    except Exception as error:
        answers.complain(f"it raises {type(error).__name__} ({_first_line(error)})")
        return
    for name, old, new in zip(names, before, after, strict=True):
        if not np.array_equal(old, new):
            answers.complain(f"it writes into its argument {name}")
            return
    if not np.array_equal(found, again, equal_nan=True):
        answers.complain(_second_time(found, again))
    if found.dtype != np.dtype(layout.dtype) and right.ndim:
        answers.complain(f"it returns {found.dtype} for {np.dtype(layout.dtype)}")
    if found.shape != right.shape:
        answers.complain(_explain_shape(found, right, part))
    elif not np.isfinite(found).all():
        answers.complain("it gives NaN or infinity")
    else:
        answers.given.append(Answer(where, values, found.astype(np.float64), right))


def _second_time(first: Array, second: Array) -> str:
    if first.shape == second.shape and np.allclose(second, 2 * first):
        return (
            "it adds to its last result: the second call with the same arguments gives the double"
        )
    return "it gives another result when it is called again with the same arguments"


def _explain_shape(found: Array, right: Array, part: Part) -> str:
    """Compare two shapes in words, without numbers, so that equal complaints are counted as one."""
    if found.ndim != right.ndim:
        return f"its result has {found.ndim} axes instead of {right.ndim}"
    if sorted(found.shape) == sorted(right.shape):
        order = "filters" if part.result == "w" else "layout"
        return f"the axes of its result are in another order; see the argument {order}"
    off = [a - b for a, b in zip(found.shape[:2], right.shape[:2], strict=True)]
    if part.result in FEATURES and off == [-2, -2]:
        return "its result lacks one row or column on each side: there is no padding"
    if part.result in FEATURES and off == [2, 2]:
        return "its result has one row or column too many on each side: the padding is still there"
    if part.result in FEATURES and max(map(abs, off)) == 1:
        more = "more" if max(off) > 0 else "less"
        return f"its result has a row or column {more}: odd sizes are rounded the other way (edge)"
    return "its result has a wrong shape"


def _counted(text: str, count: int, total: int) -> str:
    return text if count == total else f"{text} (in {count} of {total} cases)"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["without a message"])[0][:80]
