"""Somebody looks into a picture: gradients, products, filters, the loss around it, the engines."""

import pytest

from .accessible import is_accessible
from .conftest import PHONE, expect, paint_small

pytestmark = pytest.mark.slow


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
    refused = page.locator("#explore").get_by_role("alert")
    expect(refused).to_contain_text("No gradient comes to conv5_4")
    page.locator("#convolution-layer").select_option("conv1_1")
    page.get_by_role("button", name="Write it out").click()
    expect(refused).to_have_count(0)


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
