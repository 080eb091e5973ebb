"""Every divisor by hand: C = 2, M = 3, M_style = 5, P = 7."""

from typing import get_args

import pytest

from backpaint.problem.divisors import content_divisor, gram_divisor, style_divisor
from backpaint.problem.recipe import Content, Style

CONTENT = {"1": 1, "2": 2, "C M": 6, "4 C M": 24, "2 sqrt(C M)": 2 * 6**0.5, "|P|^2": 1}
GRAM = {"1": 1, "M": 3, "C M": 6}
STYLE = {
    "1": 1, "4": 4, "C^2": 4, "4 C^2": 16, "C^4": 16, "4 C^2 M^2": 144, "4 C^2 M_style^2": 400,
    "36 P^2": 1764, "|A|^2": 1,
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), CONTENT.items())
def test_content(name, value):
    assert content_divisor(name, channels=2, positions=3) == value


@pytest.mark.parametrize(("name", "value"), GRAM.items())
def test_gram(name, value):
    assert gram_divisor(name, channels=2, positions=3) == value


@pytest.mark.parametrize(("name", "value"), STYLE.items())
def test_style(name, value):
    sizes = {"channels": 2, "positions": 3, "style_positions": 5, "image_positions": 7}
    assert style_divisor(name, **sizes) == value


def test_none_is_missing():
    assert set(get_args(Content.__annotations__["divisor"])) == set(CONTENT)
    assert set(get_args(Style.__annotations__["gram_divisor"])) == set(GRAM)
    assert set(get_args(Style.__annotations__["divisor"])) == set(STYLE)
