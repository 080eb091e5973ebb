"""Photograph the page of `backpaint serve` while it paints: docs/pictures/serve_*.jpg.

python docs/pictures/serve.py      # needs '.[web]', Playwright and a Chromium; a minute or two
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
QUALITY = 72


def main() -> None:
    """Start a server, paint the demo for a while, and take all pictures."""
    command = [sys.executable, "-m", "backpaint", "serve", "--port", "0"]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[1]
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                photograph(browser, address)
                browser.close()
        finally:
            server.terminate()


def photograph(browser: Browser, address: str) -> None:
    """Take the page at 1280 pixels in light, a part of Explore, and the page at 390 in dark."""
    expect.set_options(timeout=300_000)
    wide = browser.new_context(viewport=WIDE, color_scheme="light")
    page = wide.new_page()
    page.goto(address)
    expect(page.locator("#estimate")).to_contain_text("pixels")
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#caption")).to_contain_text("iteration 40")
    page.locator("#pause").click()
    expect(page.get_by_role("status")).to_have_text("Paused.")
    page.screenshot(path=HERE / "serve_wide.jpg", type="jpeg", quality=QUALITY)
    explore(page)
    phone = browser.new_context(viewport=PHONE, color_scheme="dark", device_scale_factor=1.5)
    narrow = phone.new_page()
    narrow.goto(address)
    expect(narrow.locator("#caption")).to_contain_text("iteration")
    expect(narrow.locator("#wipe")).to_be_visible()
    narrow.locator("#slider").fill("35")
    narrow.locator("#slider").blur()
    expect(narrow.locator("#before")).to_be_visible()
    narrow.screenshot(path=HERE / "serve_phone.jpg", type="jpeg", quality=QUALITY)


def explore(page: Page) -> None:
    """Take the numbers of a pixel, down to the products behind one of them."""
    page.get_by_role("button", name="Compute the gradients").click()
    expect(page.locator("#gradients figure")).to_have_count(7)
    page.locator("#gradients img").nth(3).click(position={"x": 60, "y": 50})
    page.get_by_role("button", name="Write it out").click()
    expect(page.locator("#products .written")).to_have_count(6)
    part = page.locator("#explore section").first
    part.screenshot(path=HERE / "serve_explore.jpg", type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main()
