"""The address bar in a real browser: it is the link to what is on the screen, and a link opens what it says."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from pages.frame.settings import DEFAULTS
from tests.browser.app_server import AppServer
from tests.browser.frame_on_screen import TITLES, on_screen, parameters, sentence, slider

Visit = Callable[[str], Page]
Wait = Callable[[Page], None]

# Random weights have every control. Where trained ones are shipped, and so the default, they stand in the address.
RANDOM = {} if DEFAULTS.weights == "random" else {"weights": ["random"]}


@pytest.mark.parametrize("path", TITLES)
def test_a_link_to_a_page_opens_it_as_the_first_visit_of_a_fresh_server(
    path: str, page: Page, fresh_server: Callable[..., AppServer]
) -> None:
    page.goto(fresh_server().url + path + "?layers=5&sentence=two+dogs")

    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[path])
    expect(slider(page, "Layers")).to_have_attribute("aria-valuetext", "5")
    expect(sentence(page)).to_have_value("two dogs")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_address_bar_is_the_link_to_what_is_on_the_screen(
    visit: Visit, wait_for_idle: Wait, new_page: Callable[..., Page], fresh_server: Callable[..., AppServer]
) -> None:
    page = visit("/attention?weights=random")
    slider(page, "Layers").press("End")
    slider(page, "Heads").press("ArrowRight")
    slider(page, "d_model").press("Home")
    page.get_by_role("radio", name="pre").click()
    page.get_by_role("radio", name="learned").click()
    page.get_by_label("Seed", exact=True).fill("42")
    page.get_by_label("Seed", exact=True).press("Enter")
    sentence(page).press_sequentially(" & <b>100%</b> #1?")
    expect(page).to_have_url(re.compile("%231"))
    wait_for_idle(page)
    assert {name: values[0] for name, values in parameters(page).items() if name != "sentence"} == {
        "layers": "12",
        "heads": "5",
        "d_model": "16",
        "norm": "pre",
        "positions": "learned",
        "seed": "42",
        **{name: values[0] for name, values in RANDOM.items()},
    }

    address = urlsplit(page.url)
    elsewhere = new_page()
    elsewhere.goto(f"{fresh_server().url}{address.path}?{address.query}")
    expect(sentence(elsewhere)).to_have_value(sentence(page).input_value())
    wait_for_idle(elsewhere)
    assert on_screen(elsewhere) == on_screen(page)
    assert parameters(elsewhere) == parameters(page)


def test_settings_at_their_defaults_leave_the_address_short(visit: Visit, wait_for_idle: Wait) -> None:
    page = visit("/?layers=3&heads=5")
    slider(page, "Heads").press("ArrowLeft")
    expect(page).not_to_have_url(re.compile("heads"))
    wait_for_idle(page)

    assert parameters(page) == {}


def test_an_impossible_link_opens_with_the_nearest_settings_and_the_address_is_put_right(visit: Visit) -> None:
    page = visit("/position?weights=random&layers=99&heads=-3&d_model=100&seed=x&norm=foo&layer=1&query=2")

    notice = page.get_by_role("main").get_by_role("status").filter(has_text="is used instead")
    expect(notice).to_contain_text("12 is used instead")
    expect(page).to_have_url(re.compile("layers=12"))
    assert parameters(page) == {
        "layers": ["12"],
        "heads": ["1"],
        "d_model": ["96"],
        "layer": ["1"],
        "query": ["2"],
        **RANDOM,
    }
    assert (on_screen(page)["Layers"], on_screen(page)["d_model"]) == ("12", "96")


def test_the_sizes_stay_in_the_address_whatever_is_written_there_for_other_controls(
    visit: Visit, wait_for_idle: Wait
) -> None:
    page = visit("/?layers=5&sentence=two+dogs&weights=random")
    slider(page, "Heads").press("ArrowRight")
    expect(page).to_have_url(re.compile("heads=5"))
    page.get_by_text("Word order", exact=True).click()
    expect(page).to_have_url(re.compile("sentence=The.dog"))
    expect(page).to_have_url(re.compile("layers=5.*heads=5"))

    page.get_by_test_id("stSidebar").get_by_role("link", name="Knock out").click()
    page.get_by_role("button", name="Add this edit").click()
    expect(page).to_have_url(re.compile("knock_out.*edits="))
    expect(page).to_have_url(re.compile("layers=5.*heads=5|heads=5.*layers=5"))

    page.get_by_test_id("stSidebar").get_by_role("link", name="Tokens").click()
    expect(page).to_have_url(re.compile("tokens"))
    wait_for_idle(page)
    page.wait_for_timeout(1000)  # what Streamlit writes when a run has ended
    shown = {name: values[0] for name, values in parameters(page).items()}
    assert (shown["layers"], shown["heads"], shown["weights"]) == ("5", "5", "random")


@pytest.mark.skipif(DEFAULTS.weights == "random", reason="needs trained weights")
@pytest.mark.parametrize("link", ["/predict?layers=6&mask=5+%C2%B7+the", "/residual?layers=6&follow=5+%C2%B7+the"])
def test_the_address_names_the_sentence_that_was_typed_and_the_word_that_stands_there_now(
    link: str, visit: Visit, wait_for_idle: Wait
) -> None:
    page = visit(link)
    wait_for_idle(page)
    sentence(page).fill("The boy is holding a cat")
    expect(page).to_have_url(re.compile(r"=5\+%C2%B7\+a(&|$)"))
    expect(page).to_have_url(re.compile(r"sentence=The\+boy\+is\+holding\+a\+cat"))
    wait_for_idle(page)
    page.wait_for_timeout(1000)  # what Streamlit writes when a run has ended
    assert parameters(page)["sentence"] == ["The boy is holding a cat"]
    assert parameters(page)["layers"] == ["6"]


@pytest.mark.skipif(DEFAULTS.weights == "random", reason="needs trained weights")
def test_what_is_looked_into_stays_for_other_sizes_and_pages_and_stands_in_the_link(
    visit: Visit, wait_for_idle: Wait
) -> None:
    page = visit("/feed_forward")
    layers = page.get_by_role("radiogroup", name="Layer").or_(page.get_by_role("group", name="Layer", exact=True))
    layers.get_by_role("radio", name="2", exact=True).click()
    expect(page).to_have_url(re.compile("in_layer=2"))
    slider(page, "Layers").press("ArrowLeft")
    expect(layers.get_by_role("radio", name="0", exact=True)).to_be_checked()
    expect(page).not_to_have_url(re.compile("in_layer"))
    slider(page, "Layers").press("ArrowRight")
    expect(layers.get_by_role("radio", name="2", exact=True)).to_be_checked()
    expect(page).to_have_url(re.compile("in_layer=2"))
    page.get_by_test_id("stSidebar").get_by_role("link", name="From scratch").click()
    expect(page.get_by_role("heading", name="Layer 2, as a whole")).to_be_visible()
    wait_for_idle(page)
    expect(layers.get_by_role("radio", name="2", exact=True)).to_be_checked()
    expect(page).to_have_url(re.compile("from_scratch.*in_layer=2"))


@pytest.mark.skipif(DEFAULTS.weights == "random", reason="needs trained weights")
def test_sizes_that_other_weights_move_are_moved_in_the_address_too(visit: Visit) -> None:
    page = visit("/?weights=random&layers=12&heads=2&d_model=512")
    page.get_by_role("radio", name="trained").click()

    expect(page).to_have_url(re.compile("layers=6.*d_model=128"))
    assert parameters(page) == {"layers": ["6"], "heads": ["2"], "d_model": ["128"]}


def test_a_host_that_shows_the_app_in_a_frame_is_told_of_sizes_and_views_as_streamlit_tells_it_of_all_else(
    page: Page, app_server: AppServer
) -> None:
    page.set_content(f"<iframe src='{app_server.url}/?weights=random' width=1200 height=800></iframe>")
    page.evaluate("window.told = []; addEventListener('message', ({ data }) => told.push(data))")
    app = page.frame_locator("iframe")
    wanted = "told.filter(({ type, queryParams }) => type === 'SET_QUERY_PARAM' && queryParams.includes('%s')).at(-1)"
    app.get_by_role("radio", name="pre").click()
    page.wait_for_function(wanted % "norm=pre")
    by_streamlit = page.evaluate(wanted % "norm=pre")
    app.get_by_role("slider", name="Heads").press("ArrowRight")
    page.wait_for_function(wanted % "heads=5")

    assert page.evaluate(wanted % "heads=5") == {
        **by_streamlit,
        "queryParams": by_streamlit["queryParams"] + "&heads=5",
    }
    app.locator("[data-part=heads] button").nth(2).click()  # behind the average and head 0
    page.wait_for_function(wanted % "&heads=5&head=1")


def test_what_a_view_writes_into_the_address_outlives_a_change_of_the_controls(
    visit: Visit, wait_for_idle: Wait
) -> None:
    page = visit("/position")
    page.evaluate("history.replaceState({}, '', location.pathname + '?layer=1&head=2&query=3')")
    slider(page, "Heads").press("ArrowRight")
    expect(page).to_have_url(re.compile("heads=5"))
    wait_for_idle(page)

    assert parameters(page) == {"layer": ["1"], "head": ["2"], "query": ["3"], "heads": ["5"]}
