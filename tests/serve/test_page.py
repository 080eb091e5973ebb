"""The page in a real Chromium: by mouse and by keyboard, wide and narrow, light and dark."""

import json
import re
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from backpaint.examples import example_path
from backpaint.problem.keys import LAYER, recipe_keys

from .conftest import MARK

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ZOOMED = {"width": 640, "height": 400}
"""What a window of 1280 x 800 has at 200 %."""


REFUSED = "Failed to load resource: the server responded with a status of 400"
"""What a browser says of a sentence that the page shows."""


@pytest.fixture(scope="module")
def chromium():
    """A browser, which ends with this file: Playwright keeps an event loop running meanwhile."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    with api.sync_playwright() as playwright:
        path = next(filter(None, found), playwright.chromium.executable_path)
        if not Path(path).exists():
            pytest.skip("needs Chromium: playwright install chromium")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, served):
    """Open pages of one person; whatever the console says is a failure."""
    contexts, said = [], []

    def open_one(viewport=WIDE, server=served, **options):
        context = chromium.new_context(viewport=viewport, **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(server.address)
        page.locator("#estimate", has_text="pixels").wait_for()
        return page

    open_one.said = said
    for number in [run["number"] for run in runs(served)]:
        served.ask(f"/api/runs/{number}", "DELETE")
    yield open_one
    for context in contexts:
        context.close()
    assert [text for text in said if not text.startswith(REFUSED)] == []
    for run in runs(served):
        served.ask(f"/api/runs/{run['number']}/stop", "POST")


def runs(served):
    stream = served.stream(0)
    found = json.loads(stream.message())["runs"]
    stream.close()
    return found


def expect(locator):
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)
    return expect(locator)


def quick(page, name):
    """Find one of the settings that are always in sight; a table may have the same name again."""
    return page.locator("#quick").get_by_label(name, exact=True)


def make_small(page, iterations):
    page.get_by_label("Size, pixels").fill("32")
    quick(page, "Iterations").fill(str(iterations))
    page.get_by_text("All settings").click()
    page.get_by_text("Optimizer: method and its options").click()
    page.get_by_label("Factr").fill("0")
    page.get_by_text("All settings").click()


def paint_small(page, iterations=2):
    make_small(page, iterations)
    expect(page.locator("#begin")).to_be_enabled()
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Done")


def test_somebody_paints_from_a_file_of_their_own(open_page, tmp_path):
    page = open_page()
    assert "token" not in page.url
    name = "<img src=x onerror=alert(1)>.jpg"
    photo = {"name": name, "mimeType": "image/jpeg", "buffer": example_path("cat").read_bytes()}
    page.get_by_label("Content: choose a file").set_input_files(photo)
    expect(page.get_by_role("status")).to_have_text(
        f"Content: {name}, 451 \N{MULTIPLICATION SIGN} 300 pixels."
    )
    make_small(page, 100_000)
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#caption")).to_contain_text(re.compile(r"iteration \d\d+ of 100000"))
    expect(page.get_by_role("status")).to_have_text("Painting.")
    expect(page.locator("#chart path.curve")).to_have_count(7)
    expect(page.locator("#terms tbody tr")).to_have_count(8)

    page.locator("body").press("Space")
    expect(page.get_by_role("status")).to_have_text("Paused.")
    held = page.locator("#caption").text_content()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#caption")).to_have_text(held)
    expect(quick(other, "Iterations")).to_have_value("100000")
    assert other.locator(".well .name").first.text_content() == name
    other.get_by_role("button", name="Resume").click()
    expect(other.get_by_role("status")).to_have_text("Painting.")
    other.close()

    page.bring_to_front()
    expect(page.get_by_role("status")).to_have_text("Painting.")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_have_text("Stopped; the picture so far is kept.")
    page.get_by_role("slider").fill("40")
    assert page.locator("#before").evaluate("e => e.style.clipPath").startswith("inset(")
    page.get_by_role("button", name="Compute the gradients").click()
    expect(page.locator("#gradients figure")).to_have_count(7)
    page.locator("#place-x").fill("31")
    page.get_by_role("button", name="Show its numbers").click()
    expect(page.locator("#pixel")).to_contain_text("Column 31, row 0: levels")
    expect(page.locator("#gradients .mark")).to_have_count(7)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PNG").click()
    assert re.fullmatch(
        r".*onerror=alert\(1\).*-swirls-\d+\.png", download.value.suggested_filename
    )
    image = Image.open(BytesIO(download.value.path().read_bytes()))
    settings = json.loads(image.text["backpaint"])
    assert (settings["content"], image.size) == (name, (32, 21))
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("region", name="Paintings")).to_be_hidden()


def test_a_number_is_explained_down_to_the_products_behind_it(open_page):
    page = open_page(PHONE, color_scheme="dark")
    paint_small(page)
    page.get_by_role("button", name="Compute the gradients").click()
    expect(page.locator("#gradients figure")).to_have_count(7)
    page.locator("#gradients img").nth(2).click()
    expect(page.locator("#pixel tbody tr")).to_have_count(7)
    page.get_by_role("button", name="Write it out").click()
    expect(page.locator("#products .written")).to_have_count(6)
    rows = page.locator("#products table").last.locator("tbody tr").all_inner_texts()
    told = [float(row.rsplit("\t", 1)[1]) for row in rows]
    assert told[2] == pytest.approx(told[0] + told[1], rel=1e-6)
    assert told[3] == pytest.approx(told[2], rel=1e-7)
    assert told[5] == pytest.approx(told[4], rel=1e-3)
    assert rows[5].startswith("the engine ")
    page.locator("#convolution-layer").select_option("conv3_1")
    page.get_by_role("button", name="Write it out").click()
    expect(page.locator("#products .hint").first).to_contain_text("conv3_1: channel")
    page.get_by_role("button", name="Show its filters").click()
    expect(page.locator("#layer-facts")).to_contain_text("conv3_1: 256 filters")
    page.get_by_role("button", name="Show the next filters").click()
    expect(page.locator("#features")).to_contain_text("filter 16")
    is_accessible(page, PHONE)
    page.locator("#convolution-layer").select_option("conv5_4")
    page.get_by_role("button", name="Write it out").click()
    expect(page.get_by_role("status")).to_contain_text("No gradient comes to conv5_4")


@pytest.mark.slow
def test_the_loss_around_a_picture_and_the_engines_are_computed_and_stopped(open_page):
    page = open_page(PHONE, color_scheme="light")
    paint_small(page)
    page.get_by_role("button", name="Compute the loss").click()
    expect(page.locator("#surface .slope")).to_have_count(2)
    assert page.locator("#surface .contour").count() > 3
    exact, best = (
        float(page.locator("#surface .slope").first.inner_text().partition(words)[2].split()[0])
        for words in ("direction> is", "\n0.0001\t")
    )
    assert best == pytest.approx(exact, rel=1e-3)  # kinks may lie between
    page.get_by_role("button", name="Compare the engines").click()
    expect(page.locator("#comparison table")).to_have_count(2)
    expect(page.locator("#comparison table").first).to_contain_text("reference")
    is_accessible(page, PHONE)
    page.get_by_role("button", name="Compare the engines").click()
    page.locator("#engines").get_by_role("button", name="Stop").click()
    expect(page.locator("#engines-progress")).to_have_text("Stopped.")
    expect(page.get_by_role("button", name="Compare the engines")).to_be_visible()


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
        box = page.locator("#tables details", has_text=title).locator(".check input").first
        expect(box).not_to_be_checked()
        box.check()
    expect(page.get_by_label("Command")).to_contain_text("laplacian.weight")
    expect(page.locator("#estimate")).to_contain_text("pixels")
    assert page.evaluate("document.getElementById('settings').checkValidity()")


def test_a_small_window_shows_both_paint_and_all_settings(open_page):
    page = open_page()
    for name in ("#begin", "#more > summary"):
        box = page.locator(name).bounding_box()
        assert box["y"] + box["height"] <= WIDE["height"]
        assert page.evaluate(HIT, name), name
    page.get_by_text("All settings").click()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(300)
    assert page.locator("#begin").bounding_box()["y"] >= 0  # it stays in sight


HIT = """name => { const e = document.querySelector(name), b = e.getBoundingClientRect();
    return e.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)); }"""
"""Whether a click in its middle meets it."""


def test_the_address_can_be_opened_from_another_page(open_page, served):
    page = open_page()
    other = page.context.browser.new_context().new_page()
    other.goto("data:text/html,<a href='" + served.address + "'>open</a>")
    other.get_by_text("open").click()
    expect(other.get_by_role("status")).to_have_text(re.compile("Ready|Done|Stopped"))
    assert other.url == f"http://{served.host}/"
    other.context.close()


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
    expect(page.locator("#estimate")).to_have_text("A number is missing or out of its range.")
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
    expect(page.get_by_role("status")).to_contain_text("broken.png: expected a picture")


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
            return { id: e.id, outline: getComputedStyle(e).outlineStyle !== "none" ||
                e.closest(".well:focus-within") !== null,
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
@pytest.mark.parametrize("viewport", [WIDE, PHONE, ZOOMED], ids=["wide", "phone", "zoomed"])
def test_it_fits_can_be_read_and_every_control_has_a_name(open_page, viewport, scheme):
    page = open_page(viewport, color_scheme=scheme)
    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
    page.get_by_role("button", name="Add a style").click()
    is_accessible(page, viewport)


def is_accessible(page, viewport):
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(TOLD_BADLY) == []
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(TOO_FAINT) == []


NAMELESS = """() => {
    const named = e => e.ariaLabel || e.labels?.[0]?.textContent.trim() || e.textContent.trim()
        || e.alt || e.querySelector("img")?.alt
        || (e.tagName === "IMG" && e.closest("label, button"));
    return [...document.querySelectorAll("button, a, input, select, summary, [role=group], img")]
        .filter(e => (e.checkVisibility() || e.type === "file") && !named(e))
        .map(e => e.outerHTML);
}"""
TOLD_BADLY = """() => [...document.querySelectorAll("[aria-describedby]")].filter(e => {
    const text = document.getElementById(e.getAttribute("aria-describedby"));
    return text === null || text.closest("label") !== null;
}).map(e => e.outerHTML)"""
"""A description that is not there, or inside a label: read aloud as the name, and once more."""
TOO_SMALL = """() => [
    ...document.querySelectorAll("button, a.button, select, summary"),
    ...document.querySelectorAll("input:not([type=checkbox], [type=range])"),
].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
 .map(e => e.outerHTML)"""
"""Targets are 44 pixels high; a check box has its label's height."""
TOO_FAINT = """() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255)
        + 0.0722 * linear(b / 255);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const [r, g, b, a = 1] = parse(getComputedStyle(e).backgroundColor);
            if (a > 0) return [r, g, b];
        }
        return [255, 255, 255];
    };
    const hasText = e => ["SELECT", "INPUT"].includes(e.tagName)
        || [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const counts = e => hasText(e) && e.checkVisibility()
        && !e.matches(":disabled, .unseen, .skip, option");
    return [...document.querySelectorAll("body *")].filter(counts).map(e => {
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 100)];
    }).filter(([ratio]) => ratio < 4.5);
}"""
"""Text whose contrast is below 4.5, by WCAG 2.2's definition (relative luminance)."""


def test_little_motion_means_few_new_pictures(open_page):
    page = open_page(reduced_motion="reduce")
    shown = []
    page.on("request", lambda request: "picture.jpg" in request.url and shown.append(request.url))
    make_small(page, 100_000)
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#caption")).to_contain_text(re.compile(r"iteration \d\d+ of"))
    page.wait_for_timeout(2000)
    assert len(shown) <= 2
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("Stopped")
    expect(page.locator("#after")).to_have_attribute("src", re.compile("picture.jpg"))


def test_a_server_that_is_gone_is_said_in_words(open_page, serve):
    server = serve()
    page = open_page(server=server)
    assert len(server.processes()) >= 2, MARK
    server.end()
    expect(page.get_by_role("status")).to_contain_text("start it again with backpaint serve")
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The server does not answer.")
    expect(page.get_by_role("status")).to_have_class("bad")
    open_page.said[:] = [text for text in open_page.said if "ERR_" not in text]
