"""Somebody chooses: pictures, their shares, a preset, and any key of its recipe."""

import re

import pytest

from backpaint.examples import example_path
from backpaint.problem.keys import LAYER, recipe_keys

from .conftest import expect, paint_small

pytestmark = pytest.mark.slow


def test_a_picture_is_dropped_or_pasted(open_page):
    page = open_page()
    content = list(example_path("mosaic").read_bytes())
    bring = """([kind, selector, bytes, name, type]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, { type }));
        const target = selector ? document.querySelector(selector) : window;
        const event = kind === "drop"
            ? new DragEvent("drop", { dataTransfer: data, bubbles: true })
            : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
        target.dispatchEvent(event);
    }"""
    page.evaluate(bring, ["drop", "[data-role=style]", content, "mine.jpg", "image/jpeg"])
    expect(page.locator(".well .name").last).to_have_text("mine.jpg")
    page.evaluate(bring, ["paste", None, content, "pasted.jpg", "image/jpeg"])
    expect(page.locator(".well .name").first).to_have_text("pasted.jpg")
    page.evaluate(bring, ["drop", "[data-role=style]", [1, 2, 3], "broken.png", "image/png"])
    told = page.locator(".told").last
    expect(told).to_contain_text("broken.png: expected a picture")
    expect(page.locator(".well .name").last).to_have_text("mine.jpg")
    length = 32_000_001  # zeros; a number makes an array of so many
    page.evaluate(bring, ["drop", "[data-role=style]", length, "large.png", "image/png"])
    expect(told).to_have_text("large.png: it is larger than 32 MB; shrink it first.")


def test_several_styles_have_shares_and_come_back_with_a_run(open_page):
    page = open_page()
    page.get_by_role("button", name="Add a style").click()
    page.get_by_role("button", name="Add a style").click()
    page.get_by_label("Share of the first style").fill("2")
    page.get_by_role("group", name="Style 2").get_by_role("button", name="Remove").click()
    page.get_by_label("Share of style 2").fill("6")
    page.get_by_text("The same on the command line").click()
    expect(page.get_by_label("Command")).to_contain_text("cat.jpg swirls.jpg woodcut.jpg -o")
    expect(page.get_by_label("Command")).to_contain_text("0.25,0.75")
    paint_small(page)
    expect(page.locator("#caption")).to_contain_text("cat, swirls, woodcut")
    page.get_by_role("button", name="Remove this style").click()
    expect(page.get_by_label("Share of the first style")).to_be_hidden()
    expect(page.get_by_label("Command")).not_to_contain_text("woodcut")
    page.get_by_role("button", name="Use its settings").click()
    expect(page.get_by_label("Share of style 2")).to_have_value("6")
    expect(page.get_by_label("Share of the first style")).to_have_value("2")
    expect(page.get_by_label("Command")).to_contain_text("0.25,0.75")


def test_every_key_of_a_recipe_has_a_field(open_page):
    page = open_page()
    page.get_by_text("All settings").click()
    page.get_by_text("Optimizer: method and its options").click()
    paths = set()
    methods = page.get_by_label("Method")
    for method in methods.locator("option").all_inner_texts():
        methods.select_option(method)
        paths |= set(page.evaluate(FIELDS))
    elsewhere = {"weights", "initial.start", "optimizer.method"}
    keys = {key.path.removesuffix(f".{LAYER}") for key in recipe_keys()}
    assert paths | elsewhere == {key for key in keys if not key.startswith("masks.")}  # it has none


FIELDS = "() => [...document.querySelectorAll('[data-path]')].map(e => e.dataset.path)"


def test_a_table_that_the_preset_lacks_begins_with_values_that_can_be_painted(open_page):
    page = open_page()
    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
    for title in ("Total variation:", "Laplacian:", "Range:", "Scales:"):
        if title == "Scales:":  # the default has some
            page.locator("#preset").select_option("gatys")
        box = page.locator("#tables details", has_text=title).locator(".check input").first
        expect(box).not_to_be_checked()
        box.check()
        expect(page.get_by_label("Command")).to_contain_text(title[:5].lower())
        expect(page.locator("#estimate")).to_contain_text("pixels")
        assert page.evaluate("document.getElementById('settings').checkValidity()")


def test_every_setting_reaches_the_command(open_page):
    page = open_page()
    page.get_by_text("The same on the command line").click()
    command = page.get_by_label("Command")
    expect(command).to_contain_text("backpaint paint cat.jpg swirls.jpg -o")
    page.get_by_role("button", name="woodcut").click()
    page.locator("#preset").select_option("tf-tutorial")
    expect(command).to_contain_text("cat.jpg woodcut.jpg -o again.png --preset tf-tutorial")
    page.get_by_text("All settings").click()
    page.locator("#color").select_option("keep")
    page.get_by_text("Total variation: smoothness").click()
    page.locator("details", has_text="Total variation").last.get_by_label("Use this term").uncheck()
    page.get_by_text("Optimizer: method and its options").click()
    page.get_by_label("Method").select_option("l-bfgs")
    page.get_by_text("Style: layers and Gram matrices").click()
    page.get_by_role("button", name="Remove relu1_1").click()
    for words in (
        "--color keep",
        "total_variation=off",
        "optimizer.method=l-bfgs",
        "style.layers.relu1_1=off",
    ):
        expect(command).to_contain_text(words)
    page.get_by_label("Size, pixels").fill("1")
    expect(page.locator("#estimate")).to_contain_text("choose a larger size")
    expect(page.get_by_role("button", name="Paint", exact=True)).to_be_disabled()
    page.get_by_label("Size, pixels").fill("-3")
    expect(page.locator("#estimate")).to_contain_text("Size, pixels: Value must be")
    expect(command).to_have_text("")
    expect(page.get_by_role("button", name="Copy")).to_be_disabled()


def test_the_words_for_color_fill_its_table_and_follow_it(open_page):
    page = open_page()
    page.get_by_text("All settings").click()
    page.get_by_text("Color: how the style").click()
    words, keep = page.locator("#color"), page.get_by_label("Keep", exact=True)
    words.select_option("keep")
    expect(keep).to_be_checked()
    page.get_by_label(re.compile("^Gain")).fill("2")
    expect(words).to_have_value("own")
    page.get_by_label(re.compile("^Gain")).fill("5")
    expect(words).to_have_value("keep")
    page.locator("#preset").select_option("tf-tutorial")
    expect(words).to_have_value("")
    expect(keep).not_to_be_checked()
