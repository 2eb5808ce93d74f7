"""The layer, head and query that somebody chose go along to the next page, in its view and in its address."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.frame_on_screen import slider
from tests.browser.page_turning import turn_to


def test_what_was_chosen_travels_from_page_to_page(
    visit: Callable[[str], Page], wait_for_idle: Callable[[Page], None]
) -> None:
    page = visit("/?weights=random&layers=2&d_model=32&layer=1&head=1")
    title = page.locator("[data-part=mapTitle]")
    expect(title).to_have_text("layer 1, head 1")
    page.locator("[data-part=heads] [role=row]").nth(2).get_by_role("gridcell").nth(3).click()
    expect(title).to_have_text("layer 1, head 2")
    page.locator("[data-part=chips] button").nth(4).click()
    expect(page).to_have_url(re.compile("query=4"))

    page.get_by_label("rescale").locator("visible=true").first.check()

    turn_to(page, "Attention", wait_for_idle)
    expect(title).to_have_text("layer 1, head 2")
    expect(page.get_by_label("rescale")).to_be_checked()
    expect(page).to_have_url(re.compile(r"/attention\?(?=.*layers=2).*layer=1&head=2&query=4"))

    turn_to(page, "Position", wait_for_idle)
    turn_to(page, "Live", wait_for_idle)
    expect(title).to_have_text("layer 1, head 2")
    expect(page).to_have_url(re.compile("layer=1&head=2&query=4"))


def test_a_head_that_is_gone_for_a_while_comes_back_also_on_another_page(
    visit: Callable[[str], Page], wait_for_idle: Callable[[Page], None]
) -> None:
    page = visit("/?weights=random&layers=2&d_model=32&heads=4&layer=1&head=3")
    title, heads = page.locator("[data-part=mapTitle]"), slider(page, "Heads")
    expect(title).to_have_text("layer 1, head 3")
    heads.press("ArrowLeft")
    expect(title).to_have_text("layer 1, head 2")
    expect(page).to_have_url(re.compile("heads=3.*head=2|head=2.*heads=3"))
    turn_to(page, "Attention", wait_for_idle)
    expect(title).to_have_text("layer 1, head 2")
    heads.press("ArrowRight")
    expect(title).to_have_text("layer 1, head 3")
    expect(page).to_have_url(re.compile("head=3"))


def test_a_link_says_more_than_what_was_chosen_before(
    visit: Callable[[str], Page], wait_for_idle: Callable[[Page], None]
) -> None:
    page = visit("/?weights=random&layers=2&layer=1&head=1")
    expect(page.locator("[data-part=mapTitle]")).to_have_text("layer 1, head 1")
    page.goto(re.sub(r"\?.*", "attention?weights=random", page.url))
    wait_for_idle(page)
    expect(page.locator("[data-part=mapTitle]")).to_have_text("layer 0, head 0")
