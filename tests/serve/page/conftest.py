"""A real Chromium, and what somebody does with the page again and again: slow as a whole."""

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..conftest import PATIENCE

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ZOOMED = {"width": 640, "height": 400}
"""What a window of 1280 x 800 has at 200 %."""
REFUSED = "Failed to load resource: the server responded with a status of 400"
"""What a browser says of a sentence that the page shows."""

_OPEN = ExitStack()
_BROWSERS = []


@pytest.fixture
def chromium():
    """The one browser of all files here."""
    if not _BROWSERS:
        api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
        found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
        playwright = _OPEN.enter_context(api.sync_playwright())
        path = next(filter(None, found), playwright.chromium.executable_path)
        if not Path(path).exists():
            pytest.skip("needs Chromium: playwright install chromium")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        _OPEN.callback(_BROWSERS.clear)
        _OPEN.callback(browser.close)
        _BROWSERS.append(browser)
    return _BROWSERS[0]


@pytest.hookimpl(trylast=True)  # after the fixtures
def pytest_runtest_teardown(item, nextitem):
    """End the browser with the last test here: Playwright keeps an event loop running meanwhile."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        _OPEN.close()


@pytest.fixture
def open_page(chromium, served):
    """Open pages of one person; whatever the console says is a failure."""
    contexts, said = [], []

    def open_one(viewport=WIDE, server=served, **options):
        context = chromium.new_context(viewport=viewport, **options)
        context.set_default_timeout(1000 * PATIENCE)
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

    expect.set_options(timeout=1000 * PATIENCE)
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
