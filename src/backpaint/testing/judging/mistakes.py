"""A mistake is known by its results: what gives the same numbers has made it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...check.operations.tolerances import relative_error
from .factors import Symbols, name_factor, ratio
from .layouts import Array

Values = dict[str, Any]
"""The arguments of a case by name, in our own layout."""


@dataclass(frozen=True)
class Mistake:
    """A known mistake.

    Attributes
    ----------
    name : str
        What to tell the one who made it.
    compute : callable
        What the mistake gives for a case.
    """

    name: str
    compute: Callable[[Any], Any]


@dataclass(frozen=True)
class Answer:
    """A function's answer for one case, and the right one.

    Attributes
    ----------
    where : str
    values : dict of str to value
        The case.
    found, right : ndarray
        In our own layout.
    """

    where: str
    values: Values
    found: Array
    right: Array

    @property
    def error(self) -> float:
        """The largest difference over the largest expected value."""
        return relative_error(self.found, self.right)


ANYWHERE = (
    Mistake("height and width are exchanged", lambda right: right.swapaxes(0, 1)),
    Mistake("the channels are in reverse order (R, G, B and B, G, R)",
            lambda right: right[:, :, ::-1]),
    Mistake("everything is upside down", lambda right: right[::-1]),
    Mistake("left and right are exchanged", lambda right: right[:, ::-1]),
    Mistake("everything is turned by 180 degrees", lambda right: right[::-1, ::-1]),
    Mistake("everything is one row too low", lambda right: np.roll(right, 1, 0)),
    Mistake("everything is one row too high", lambda right: np.roll(right, -1, 0)),
    Mistake("everything is one column too far right", lambda right: np.roll(right, 1, 1)),
    Mistake("everything is one column too far left", lambda right: np.roll(right, -1, 1)),
)  # fmt: skip
"""Mistakes with any feature map: computed from the right result."""


UNKNOWN = "no mistake that is known here explains it"


def recognize(
    answers: Sequence[Answer],
    mistakes: Sequence[Mistake],
    factors: Mapping[str, str],
    tolerance: float,
) -> list[str]:
    """Name the mistake that explains every answer.

    Parameters
    ----------
    answers : sequence of Answer
        All that were given, right ones included: a mistake must explain those, too.
    mistakes : sequence of Mistake
        Known ones, the likeliest first.
    factors : mapping of str to str
        What a factor means here: ``{"1/2": "the factor 2 ... is missing"}``.
    tolerance : float
        How close is equal.

    Returns
    -------
    list of str
        The names of all that fit; if none does, one with a factor; else what can be said about
        where the answers are wrong.
    """
    if not any(answer.found.any() for answer in answers):
        return ["it is zero everywhere"]
    given = [[_computed(mistake, answer) for answer in answers] for mistake in mistakes]
    fitting = [
        mistake.name
        for mistake, results in zip(mistakes, given, strict=True)
        if _fits(answers, results, tolerance)
    ]
    if fitting:
        return [fitting[0], *(f"or: {name}" for name in fitting[1:])]
    factor = _common_factor(answers, [answer.right for answer in answers])
    if factor is not None:
        return [factors.get(factor, _explain_factor(factor))]
    elsewhere = [
        mistake.name
        for mistake in ANYWHERE
        if all(answer.right.ndim == 3 for answer in answers)
        and _fits(answers, [mistake.compute(answer.right) for answer in answers], tolerance)
    ]
    if elsewhere:
        return elsewhere[:1]
    for mistake, results in zip(mistakes, given, strict=True):
        factor = _common_factor(answers, results)
        if factor is not None:
            return [mistake.name, f"and besides, it is {factor} times what that would give"]
    return [UNKNOWN, *_where(answers, tolerance)]


def explains(mistake: Mistake, answers: Sequence[Answer], tolerance: float) -> bool:
    """Whether a mistake gives every answer."""
    return _fits(answers, [_computed(mistake, answer) for answer in answers], tolerance)


def _computed(mistake: Mistake, answer: Answer) -> Array:
    """Compute a mistake; where it cannot be made (shapes do not fit), nothing."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(mistake.compute(answer.values))
    except (ValueError, IndexError):
        return np.empty(0)


def _fits(answers: Sequence[Answer], results: Sequence[Array], tolerance: float) -> bool:
    return all(
        relative_error(answer.found, result) <= tolerance
        for answer, result in zip(answers, results, strict=True)
    )


def _common_factor(answers: Sequence[Answer], results: Sequence[Array]) -> str | None:
    ratios: list[float] = []
    sizes: list[Symbols] = []
    for answer, result in zip(answers, results, strict=True):
        if not result.any() and not answer.found.any() and result.shape == answer.found.shape:
            continue  # nothing times anything
        factor = ratio(answer.found, result)
        if factor is None:
            return None
        ratios.append(factor)
        sizes.append(symbols(answer.values))
    return name_factor(ratios, sizes) if ratios else None


def symbols(values: Values) -> Symbols:
    """Read the sizes of a case: C channels and M positions of x, K channels that come out."""
    x = values["x"]
    sizes = {"C": x.shape[2], "M": x.shape[0] * x.shape[1]}
    if "w" in values:
        sizes["K"] = values["w"].shape[-1]
    return sizes


def _explain_factor(factor: str) -> str:
    words = "C channels, M = height * width of x"
    if factor == "-1":
        return "the sign is wrong: it is -1 times the right result"
    if factor == "1 / 2":
        return "a factor 2 is missing: it is 1 / 2 of the right result (a square's slope is 2 x)"
    if factor == "1 / 4":
        return "a factor 4 is missing: it is 1 / 4 of the right result"
    if factor.replace("-", "").isdecimal():
        return f"it is {factor} times the right result: a factor too many, or added up twice"
    if factor.startswith("1 / "):
        return f"it is {factor} times the right result: it averages where it should sum ({words})"
    return f"it is {factor} times the right result: a normalization differs ({words})"


def _where(answers: Sequence[Answer], tolerance: float) -> list[str]:
    """Return where the wrong answers are, as far as there is a pattern."""
    wrong = [answer for answer in answers if answer.error > tolerance]
    if not wrong:  # by less than what tells mistakes apart
        return []
    worst = max(wrong, key=lambda answer: answer.error)
    texts = [f"wrong in {len(wrong)} of {len(answers)} cases; the worst is {worst.where}"]
    for name, belongs in (
        ("ties (equal values, zeros)", lambda answer: "ties" in answer.where),
        ("an odd height or width", lambda answer: any(n % 2 for n in answer.values["x"].shape[:2])),
        ("several channels", lambda answer: answer.values["x"].shape[2] > 1),
        ("unequal height and width", lambda answer: _is_oblong(answer.values["x"])),
    ):
        right = [answer for answer in answers if answer not in wrong]
        if all(map(belongs, wrong)) and right and not any(map(belongs, right)):
            texts.append(f"exactly the cases with {name} are wrong")
    if worst.found.ndim == 3 and worst.found.shape == worst.right.shape:
        texts += _where_in_a_map(wrong, tolerance)
    index = np.unravel_index(np.abs(worst.found - worst.right).argmax(), worst.right.shape)
    at = f"[{', '.join(map(str, index))}]" if index else ""
    texts.append(
        f"there, result{at} is {worst.found[index]:.9g} instead of {worst.right[index]:.9g}"
    )
    return texts


def _where_in_a_map(wrong: Sequence[Answer], tolerance: float) -> list[str]:
    inside = [
        relative_error(answer.found[1:-1, 1:-1], answer.right[1:-1, 1:-1]) <= tolerance
        for answer in wrong
        if min(answer.right.shape[:2]) > 2
    ]
    return ["only the outermost rows or columns are wrong"] if inside and all(inside) else []


def _is_oblong(x: Array) -> bool:
    return bool(x.shape[0] != x.shape[1])
