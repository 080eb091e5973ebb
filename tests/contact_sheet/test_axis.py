"""Sides of a sheet, as they are typed."""

import pytest

from backpaint.contact_sheet.axis import Axis, parse_axis
from backpaint.errors import UsageError


def test_commas_in_brackets_and_quotes_belong_to_a_value():
    axis = parse_axis('a.b = [1, 2],{x = 1, y = [2,3]},"p,q",plain', "--rows")
    assert axis.key == "a.b"
    assert axis.values == ("[1, 2]", "{x = 1, y = [2,3]}", '"p,q"', "plain")


def test_no_text_is_one_cell_without_a_label():
    assert parse_axis(None, "--rows") == Axis()
    assert Axis().labels == ("",)


@pytest.mark.parametrize("text", ["", "style.weight", "=1,2", "style.weight=", "style.weight=1,,2"])
def test_what_is_no_side_is_refused(text):
    with pytest.raises(UsageError, match=r"--rows is .*; expected KEY=VALUE,VALUE"):
        parse_axis(text, "--rows")


def test_a_value_is_given_once():
    with pytest.raises(UsageError, match="--columns has the value 1 twice"):
        parse_axis("seed=1,2,1", "--columns")
