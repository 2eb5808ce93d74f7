"""Turning pages and going back: the settings, and the address that names them, stay what they are."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.frame_on_screen import TITLES, parameters, sentence, slider

Visit = Callable[[str], Page]
Wait = Callable[[Page], None]


def test_the_sizes_and_the_address_stay_the_same_while_the_back_button_turns_pages(visit: Visit) -> None:
    page = visit("/?heads=7")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Residual stream").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["/residual"])
    slider(page, "Heads").press("ArrowLeft")
    expect(page).to_have_url(re.compile("residual.*heads=6"))
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["/"])
    expect(page).to_have_url(re.compile("heads=6"))
    expect(slider(page, "Heads")).to_have_attribute("aria-valuetext", "6")


def test_an_old_entry_of_the_history_gets_the_size_that_is_on_the_screen(visit: Visit, wait_for_idle: Wait) -> None:
    page = visit("/predict")
    for name in ("Tokens", "Residual stream"):
        page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(name.split()[0].lower()))
        wait_for_idle(page)
    slider(page, "Heads").press("ArrowRight")
    expect(page).to_have_url(re.compile("residual.*heads=5"))
    page.go_back()
    expect(page).to_have_url(re.compile("tokens"))
    wait_for_idle(page)
    expect(slider(page, "Heads")).to_have_attribute("aria-valuetext", "5")
    expect(page).to_have_url(re.compile("tokens.*heads=5"))


def test_the_back_button_leaves_no_impossible_address_behind(visit: Visit, wait_for_idle: Wait) -> None:
    page = visit("/position?weights=random&layers=99")
    expect(page).to_have_url(re.compile("layers=12"))
    page.go_back()
    wait_for_idle(page)

    expect(page).not_to_have_url(re.compile("99"))
    expect(slider(page, "Layers")).to_have_attribute("aria-valuetext", parameters(page).get("layers", ["3"])[0])


def test_settings_and_sentence_stay_when_the_page_changes(visit: Visit) -> None:
    page = visit("/?heads=7&sentence=two+dogs")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Residual stream").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["/residual"])
    expect(sentence(page)).to_have_value("two dogs")
    expect(page).to_have_url(re.compile("heads=7"))
    assert parameters(page) == {"heads": ["7"], "sentence": ["two dogs"]}


def test_a_link_is_not_forgotten_by_a_visitor_who_turns_the_page_at_once(
    page: Page, fresh_server: Callable[..., AppServer], wait_for_idle: Wait
) -> None:
    page.goto(fresh_server().url + "/?heads=7&sentence=two+dogs")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Residual stream").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["/residual"])
    expect(page).to_have_url(re.compile("sentence=two.*heads=7|heads=7.*sentence=two"))
    expect(sentence(page)).to_have_value("two dogs")
    expect(slider(page, "Heads")).to_have_attribute("aria-valuetext", "7")
