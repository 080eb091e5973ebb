"""The table and the page: all that was found, in words that are honest, from nowhere else."""

import re
from html.parser import HTMLParser

import pytest

from backpaint.compare.report.chart import chart, legend
from backpaint.compare.report.page import page
from backpaint.compare.report.table import lines

from .comparisons import comparison

VOID = {"meta", "wbr", "line", "circle", "polyline", "polygon"}


class Outline(HTMLParser):
    """Tags that were opened and are not yet closed, all names, attributes and texts."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def outline():
    parsed = Outline()
    parsed.feed(page(comparison()))
    parsed.close()
    return parsed


def test_the_table_tells_speeds_both_ways():
    table = "\n".join(lines(comparison()))
    assert re.search(r"^cpu  .*2\.00 times", table, re.MULTILINE)
    assert re.search(r"^cpu/exact .*0\.80 times", table, re.MULTILINE)
    assert "pytorch/contiguous: 0.600 s alone, another form was faster" in table
    assert "tensorflow: its process ended with code <1>" in table
    assert "note: gpu: there is no GPU" in table
    assert "errors are those at 64 x 64" in table


def test_an_interrupted_comparison_says_so():
    partial = comparison()
    partial.interrupted, partial.cells = True, []
    assert "interrupted" in "\n".join(lines(partial))
    assert "interrupted" in page(partial)


def test_the_page_is_whole_html(outline):
    assert outline.open == []
    assert outline.tags.count("table") == 2
    assert outline.tags.count("html") == 1


def test_the_page_asks_for_nothing_else(outline):
    names = {name for name, _ in outline.attributes}
    assert not names & {"src", "href", "srcset", "data", "xlink:href"}
    assert not {"script", "link", "img", "iframe", "object"} & set(outline.tags)
    assert not re.search(r"url\(|@import|https?:", page(comparison()))


def test_the_page_is_light_and_dark_and_has_a_width_for_phones(outline):
    text = page(comparison())
    assert "prefers-color-scheme: dark" in text
    assert ("content", "width=device-width, initial-scale=1") in outline.attributes


def test_the_page_says_what_the_table_says(outline):
    texts = " ".join(outline.texts)
    for words in ("2.00 times", "0.80 times", "Fast & Cheap <2>", "code <1>", "there is no GPU"):
        assert words in texts


def test_the_page_draws_time_and_memory_only_over_several_sizes(outline):
    assert outline.tags.count("figure") == 2
    single = comparison()
    single.cells = single.cells[:1]
    assert "<figure>" not in page(single)


def test_both_axes_of_a_chart_are_logarithmic():
    points = [(100.0, 1.0), (1000.0, 10.0), (10000.0, 100.0)]
    drawn = chart("label", {"one": points}, {x: f"{x:g}" for x, _ in points}, "s")
    (path,) = re.findall(r'<polyline points="([^"]+)"', drawn)
    x, y = zip(*(map(float, pair.split(",")) for pair in path.split()), strict=True)
    assert x[1] - x[0] == pytest.approx(x[2] - x[1], abs=0.11)
    assert y[0] - y[1] == pytest.approx(y[1] - y[2], abs=0.11)
    assert min(x[1] - x[0], y[0] - y[1]) > 50


def test_a_chart_of_equal_values_is_drawn():
    drawn = chart("label", {"one": [(9.0, 2.0), (16.0, 2.0)]}, {9.0: "3 x 3", 16.0: "4 x 4"}, "s")
    assert "nan" not in drawn
    assert "3 x 3" in drawn


def test_marks_are_of_one_size_and_look_the_same_in_a_mirror():
    """Within two pixels of a circle of radius 4; in a legend they stand at (13, 7)."""
    for drawn in re.findall(r'<polygon points="([^"]+)"', legend([*"abcdef"])):
        corners = {tuple(map(float, pair.split(","))) for pair in drawn.split()}
        assert {(26 - x, y) for x, y in corners} == corners
        reach = [max(abs(x - 13), abs(y - 7)) for x, y in corners if (x, y) != (13, 7)]
        assert min(reach) >= 4
        assert max(reach) <= 5
