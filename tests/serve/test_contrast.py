"""The colors of the page, by WCAG 2.2: text 4.5 : 1, curves and borders of controls 3 : 1."""

import re
from pathlib import Path

import pytest

import backpaint

PAGE = Path(backpaint.__file__).with_name("serve") / "page"
CSS = PAGE / "page.css"
TEXT = [("ink", "paper"), ("ink", "soft"), ("faint", "paper"), ("faint", "soft"),
        ("link", "paper"), ("on-link", "link"), ("bad", "paper")]  # fmt: skip
LINES = [("line", "paper"), ("ink", "soft"), *((f"curve-{n}", "soft") for n in range(8))]


def colors(scheme):
    """Read the variables of light, and those that dark replaces."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", CSS.read_text(), re.DOTALL)
    )
    return light if scheme == "light" else light | dark


def luminance(color):
    levels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_lines_stand_out(scheme):
    found = colors(scheme)
    ratios = {pair: contrast(*(found[name] for name in pair)) for pair in (*TEXT, *LINES)}
    assert {pair: r for pair, r in ratios.items() if pair in TEXT and r < 4.5} == {}
    assert {pair: r for pair, r in ratios.items() if pair in LINES and r < 3} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_name_the_same_colors(scheme):
    assert colors("dark").keys() == colors("light").keys()
    assert len({colors(scheme)[f"curve-{n}"] for n in range(8)}) == 8


def test_every_color_is_one_of_those_but_what_lies_over_pictures():
    """White with a black edge stands out from whatever is painted below it."""
    for path in PAGE.rglob("*.css"):
        rules = re.sub(r":root \{.*?\}", "", path.read_text(), flags=re.DOTALL)
        found = set(re.findall(r"#[0-9a-f]{3,6}\b(?![^{]*\{)", rules))
        assert found <= {"#fff", "#000"}, path.name
        assert not re.search(r"rgba?\(|hsl|oklch", rules), path.name
