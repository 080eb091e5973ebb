"""Somebody has a phone, a small window, large letters, no mouse, or wants little motion."""

import re
import time

import pytest

from .accessible import is_accessible
from .conftest import PHONE, WIDE, ZOOMED, expect, make_small, runs

pytestmark = pytest.mark.slow

WINDOWS = {"wide": WIDE, "phone": PHONE, "zoomed": ZOOMED}


def test_the_keyboard_alone_is_enough_and_goes_as_one_reads(open_page):
    page = open_page()
    make_small(page, 100_000)
    seen = []
    expect(page.locator("#begin")).to_be_enabled()  # what is estimated is what will be painted
    page.locator("h1").click()
    for _ in range(40):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => { const e = document.activeElement, b = e.getBoundingClientRect();
            const ringed = e.type === "file" ? e.closest(".well") : e;
            return { id: e.id, outline: getComputedStyle(ringed).outlineStyle !== "none",
                place: [...document.querySelectorAll("*")].indexOf(e) } }"""
        )
        assert here["outline"], here
        seen.append(here)
        if here["id"] == "begin":
            break
    assert [one["place"] for one in seen] == sorted(one["place"] for one in seen)
    assert seen[-1]["id"] == "begin"
    page.keyboard.press("Enter")
    expect(page.locator("#slider")).to_be_visible()
    page.locator("#slider").focus()
    page.keyboard.press("End")
    expect(page.locator("#slider")).to_have_attribute("aria-valuetext", "100 % content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "pause"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Stopped")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", WINDOWS)
def test_it_fits_can_be_read_and_every_control_has_a_name(open_page, window, scheme):
    viewport = WINDOWS[window]
    page = open_page(viewport, color_scheme=scheme)
    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
    page.get_by_role("button", name="Add a style").click()
    is_accessible(page, viewport)


def test_a_small_window_shows_both_paint_and_all_settings(open_page):
    page = open_page()
    for name in ("#begin", "#more > summary"):
        box = page.locator(name).bounding_box()
        assert box["y"] + box["height"] <= WIDE["height"]
        assert page.evaluate(HIT, name), name
    page.get_by_text("All settings").click()
    page.evaluate("scrollTo(0, 300)")
    assert page.locator("#begin").bounding_box()["y"] >= 0  # it stays in sight


HIT = """name => { const e = document.querySelector(name), b = e.getBoundingClientRect();
    return e.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)); }"""
"""Whether a click in its middle meets it."""


def test_little_motion_means_few_new_pictures(open_page, served):
    page = open_page(reduced_motion="reduce")
    make_small(page, 100_000)
    begin = time.monotonic()
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#caption")).to_contain_text(re.compile(r"iteration \d+ of"))
    run = runs(served)[-1]
    served.follow(run["number"], lambda run: run["version"] >= 8)  # of four a second, at most
    shown = page.evaluate(SHOWN)
    assert 1 <= shown <= 2 + (time.monotonic() - begin) // 5
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("Stopped")
    expect(page.locator("#after")).to_have_attribute("src", re.compile("picture.jpg"))


SHOWN = """() => performance.getEntriesByType("resource")
    .filter(one => one.name.includes("picture.jpg")).length"""
"""How many pictures of runs the page asked for."""
