"""Explanations: they fit a terminal, their sums are right at every entry, and need nothing else."""

import itertools
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from backpaint.cli import cli
from backpaint.errors import UsageError
from backpaint.explain import EXPLANATIONS, explain, html, text
from backpaint.explain.conv import X

KINKS = {"max_pool": [(1, 2), (1, 3)], "relu": [(0, 2)]}
ENTRIES = {
    "conv": (3, 4, 2),
    "relu": (3, 4),
    "max_pool": (5, 4),
    "average_pool": (5, 4),
    "gram": (2, 2, 3),
    "style_loss": (2, 2, 3),
    "content_loss": (2, 3),
    "tv": (3, 4),
    "chain": (4, 4, 1),
    "edge_pad": (2, 3),
    "region": (2, 2, 3),
    "covariance": (2, 2, 2),
    "wasserstein": (2, 2, 2),
    "histogram": (2, 3),
    "laplacian": (4, 4),
    "range": (1, 2, 3),
    "temporal_loss": (2, 3),
}
NUMBERS = re.compile(r"-?[\d.]+(?: [-+*/] -?[\d.]+(?:\^\d)?)*(?=$|  )")
"""A sum or product of numbers, followed by nothing or by a remark."""
WAYS = re.compile(
    r"^ +(?:the sum above|backpaint\.reference|by hand-written gradients|finite difference) +"
    r"(-?\d+\.\d{10})$",
    flags=re.MULTILINE,
)


def invoke(*arguments):
    return CliRunner().invoke(cli, ["explain", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_fits_a_terminal(name):
    written = text(explain(name))
    assert max(map(len, written.splitlines())) <= 100
    assert written.isascii()
    assert "\0" not in written


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_every_entry_is_right_in_all_ways(name):
    for entry in itertools.product(*map(range, ENTRIES[name])):
        if entry in KINKS.get(name, []):
            continue
        values = [float(value) for value in WAYS.findall(text(explain(name, entry)))]
        groups = [values[:3], values[3:]] if name == "conv" else [values]
        for group in groups:
            assert len(group) >= 2
            assert max(group) - min(group) < 1e-6, entry


def test_the_written_products_add_up():
    written = text(explain("conv", (1, 2, 1)))
    block = re.search(r"dx\[1, 2, 1\] = dy.*?\n +(= -?[\d.]+)\n", written, flags=re.DOTALL)
    products = [float(line.split("=")[-1]) for line in block[0].splitlines()[:-1]]
    assert len(products) == 18
    assert sum(products) == float(block[1][1:])


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_both_sides_of_what_is_written_are_equal(name):
    """Wherever both are numbers: factors are shown with four digits, sums to the end."""
    compared = 0
    written = re.sub(r" +([*/+]) +", r" \1 ", text(explain(name)))
    for line in written.replace(";", "\n").splitlines():
        sides = [NUMBERS.match(side.strip()) for side in line.split("=")]
        values = [side and eval(side[0].replace("^", "**")) for side in sides]
        for left, right in itertools.pairwise(values):
            if left is not None and right is not None:
                assert left == pytest.approx(right, rel=1e-4, abs=1e-4), line
                compared += 1
    assert compared or name in {"relu", "max_pool", "chain"}


def test_a_pixel_inside_has_no_missing_windows():
    inside, corner = (" ".join(text(explain("conv", at)).split()) for at in [(1, 1, 0), (0, 0, 0)])
    assert "would lie outside" not in inside
    assert "that could hold it, 5 would lie outside" in corner


def test_numbers_of_the_input_are_all_there():
    written = text(explain("conv"))
    for row in X[:, :, 0]:
        assert re.search(r"\s+".join(f"{value:g}" for value in row), written)


class Balance(HTMLParser):
    """Requires that every tag is closed by its own."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_page_is_whole(name):
    page = html(explain(name))
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert "http" not in page
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert "<table>" in page


def test_without_a_name_all_are_listed():
    done = invoke()
    assert [line.split()[0] for line in done.output.splitlines()[: len(EXPLANATIONS)]] == [
        *EXPLANATIONS
    ]
    assert max(map(len, done.output.splitlines())) <= 100
    assert invoke("--entry", "1,1").exit_code == 2


def test_command_prints_or_writes(tmp_path):
    page = tmp_path / "gram.html"
    assert "F @ (R + R.T)" in invoke("gram").output
    done = invoke("gram", "--html", str(page))
    assert done.output == ""
    assert "F @ (R + R.T)" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["convolution"], "choose one of conv, relu"),
        (["conv", "--entry", "9,9,9"], "choose one from 0,0,0 to 2,3,1"),
        (["conv", "--entry", "1,1"], "not in the input of 3 x 4 x 2"),
    ],
)
def test_wrong_use_is_one_sentence(arguments, message):
    with pytest.raises(UsageError, match=message):
        invoke(*arguments)
    assert invoke("conv", "--entry", "a,b").exit_code == 2
