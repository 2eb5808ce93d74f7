"""The Knock out page in a real browser: edits, the address bar, a measurement, small screens, and axe."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, WaitForIdle
from tests.browser.whole_screen import (
    PHONE,
    assert_axe_finds_nothing,
    assert_no_label_is_cut_off,
    assert_nothing_lies_beside_the_phone,
)

SIZES = "weights=random&layers=2&heads=3&d_model=32"
EDITS = "head.1.2*0 edge.0.1.2-0 uniform.7.0"


@pytest.fixture
def open_page(open_address: OpenPage, wait_for_idle: WaitForIdle) -> OpenPage:
    """Open the page by a link with these edits."""

    def go(edits: str = "", sentence: str = "two dogs run", **options: object) -> Page:
        page = open_address(f"/knock_out?{SIZES}&{urlencode({'sentence': sentence, 'edits': edits})}", **options)
        expect(page.get_by_role("heading", level=1)).to_have_text("What breaks when a part is missing?")
        expect(page.locator(".js-plotly-plot")).to_have_count(1 if edits else 0)
        wait_for_idle(page)
        return page

    return go


def edits_in_address(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("edits", [""])[0]


def test_an_edit_is_added_listed_and_removed_and_the_address_follows(
    open_page: OpenPage, wait_for_idle: WaitForIdle
) -> None:
    page = open_page()
    page.get_by_role("button", name="Add this edit").press("Enter")
    expect(page.get_by_text("Layer 0, head 0: silenced.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"edits=head\.0\.0"))
    wait_for_idle(page)
    assert edits_in_address(page) == "head.0.0*0"
    expect(page.locator(".js-plotly-plot").get_by_text("✎")).to_have_count(1)

    page.get_by_role("button", name="Remove edit 1").press("Enter")
    expect(page.get_by_text("Nothing is edited yet")).to_be_visible()
    expect(page).not_to_have_url(re.compile("edits"))
    expect(page.locator(".js-plotly-plot")).to_have_count(0)


def test_a_link_says_what_is_edited_and_what_is_left_out(open_page: OpenPage) -> None:
    page = open_page(EDITS)
    expect(page.get_by_text("Layer 1, head 2: silenced.")).to_be_visible()
    expect(page.get_by_text("“2 · dogs” no longer looks at “0 · [CLS]”")).to_be_visible()
    expect(page.get_by_text("Left out: Layer 7, head 0")).to_be_visible()
    assert edits_in_address(page) == EDITS


def test_every_head_is_measured_in_the_background(open_page: OpenPage) -> None:
    page = open_page(sentence="two cats run")  # what is measured is kept, and nobody else reads of cats
    page.get_by_role("button", name="Silence each head in turn").press("Enter")
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Silence layer"))).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    assert_no_label_is_cut_off(page)


def test_the_head_that_is_clicked_is_the_one_that_is_silenced(open_page: OpenPage, wait_for_idle: WaitForIdle) -> None:
    page = open_page(sentence="two horses run")
    page.get_by_role("button", name="Silence each head in turn").press("Enter")
    silence = page.get_by_role("button", name=re.compile("^Silence layer"))
    expect(silence).to_be_visible()
    wait_for_idle(page)
    cells = page.locator(".js-plotly-plot .nsewdrag").last
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    assert box is not None
    for layer, head in ((1, 0), (0, 2)):  # of two layers and three heads; well beside the middle of the cell
        cells.click(position={"x": box["width"] * (head + 0.8) / 3, "y": box["height"] * (layer + 0.3) / 2})
        expect(silence).to_have_text(re.compile(f"Silence layer {layer}, head {head}$"))

    silence.press("Enter")
    expect(page.get_by_text("Layer 0, head 2: silenced.")).to_be_visible()
    expect(silence).to_be_disabled()
    wait_for_idle(page)
    assert edits_in_address(page) == "head.0.2*0"


def test_the_arithmetic_of_an_edited_weight_says_so(open_page: OpenPage) -> None:
    page = open_page("edge.0.1.2-0")  # "dogs" no longer looks at [CLS]
    head = page.locator("[data-part=heads] button").nth(2)  # behind the average and head 0
    head.scroll_into_view_if_needed()
    head.click()
    page.locator("[data-part=rows] bdi").nth(2).click()
    division, alpha = page.locator("[data-part=division]"), page.locator("[data-part=alpha]")
    expect(page.locator("[data-part=queryWord]")).to_have_text("dogs")
    expect(division).to_have_text(re.compile(", edited$"))
    page.locator("[data-part=columns] bdi").nth(0).click()
    expect(alpha).to_have_text("0.0000")
    page.locator("[data-part=rows] bdi").nth(3).click()  # "run" still does
    expect(division).not_to_have_text(re.compile("edited"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways_and_axe_finds_nothing(
    scheme: str, open_page: OpenPage, wait_for_idle: WaitForIdle
) -> None:
    page = open_page(EDITS, **PHONE, color_scheme=scheme)
    assert_nothing_lies_beside_the_phone(page)
    wait_for_idle(page)
    assert_axe_finds_nothing(page)
