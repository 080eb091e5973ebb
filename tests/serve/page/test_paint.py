"""Somebody paints: from the first picture to the finished painting, and when the server is gone."""

import json
import re
from io import BytesIO

import pytest
from PIL import Image

from backpaint.examples import example_path

from ..conftest import MARK
from .conftest import expect, make_small, quick

pytestmark = pytest.mark.slow


def test_somebody_paints_from_a_file_of_their_own(open_page, tmp_path):
    page = open_page()
    assert "token" not in page.url
    name = "<img src=x onerror=alert(1)>.jpg"
    photo = {"name": name, "mimeType": "image/jpeg", "buffer": example_path("cat").read_bytes()}
    page.get_by_label("Content: choose a file").set_input_files(photo)
    told = page.locator(".told").first
    expect(told).to_have_text("Content: 451 \N{MULTIPLICATION SIGN} 300 pixels.")
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


def test_the_address_can_be_opened_from_another_page(open_page, served):
    page = open_page()
    other = page.context.browser.new_context().new_page()
    other.goto("data:text/html,<a href='" + served.address + "'>open</a>")
    other.get_by_text("open").click()
    expect(other.get_by_role("status")).to_have_text(re.compile("Ready|Done|Stopped"))
    assert other.url == f"http://{served.host}/"
    other.context.close()


def test_a_server_that_is_gone_is_said_in_words(open_page, serve):
    server = serve()
    page = open_page(server=server)
    assert len(server.processes()) >= 2, MARK
    server.end()
    expect(page.get_by_role("status")).to_contain_text("start it again with backpaint serve")
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The server does not answer.")
    expect(page.get_by_role("status")).to_have_class("bad")
    expect(page.locator("#estimate")).to_contain_text("The server does not answer.")
    open_page.said[:] = [text for text in open_page.said if "ERR_" not in text]
