"""The frame in a real browser: links, the address bar, the back button, small screens, and two visitors."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import streamlit  # noqa: F401  # Streamlit's messages can be imported only after Streamlit itself
from playwright.sync_api import Dialog, Locator, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.frame.settings import DEFAULTS
from tests.browser.app_server import AppServer

Visit = Callable[[str], Page]
Wait = Callable[[Page], None]

TITLES = {
    "/": "What does an encoder do with your sentence?",
    "/live": "What does an encoder do with your sentence?",
    "/attention": "Which token looks at which?",
    "/position": "How does the encoder know the order of the words?",
    "/residual": "What does each sublayer add?",
}
CONTROLS = ("Layers", "Heads", "d_model")
# Random weights have every control. Where trained ones are shipped, and so the default, they stand in the address.
RANDOM = {} if DEFAULTS.weights == "random" else {"weights": ["random"]}


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True).get_by_role("slider")


def sentence(page: Page) -> Locator:
    return page.get_by_label("Sentence", exact=True)


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


def on_screen(page: Page) -> dict[str, str | None]:
    """Every setting as the controls show it, and the numbers that the attention view got."""
    shown: dict[str, str | None] = {name: slider(page, name).get_attribute("aria-valuetext") for name in CONTROLS}
    shown["Sentence"] = sentence(page).input_value()
    shown["Seed"] = page.get_by_label("Seed", exact=True).input_value()
    for name in ("Positions", "LayerNorm"):
        shown[name] = page.get_by_role("radiogroup", name=name).get_by_role("radio", checked=True).inner_text()
    return shown


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

    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("12 is used instead")
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


def test_the_back_button_leaves_no_impossible_address_behind(visit: Visit, wait_for_idle: Wait) -> None:
    page = visit("/position?weights=random&layers=99")
    expect(page).to_have_url(re.compile("layers=12"))
    page.go_back()
    wait_for_idle(page)

    expect(page).not_to_have_url(re.compile("99"))
    expect(slider(page, "Layers")).to_have_attribute("aria-valuetext", parameters(page).get("layers", ["3"])[0])


def test_what_a_view_writes_into_the_address_outlives_a_change_of_the_controls(
    visit: Visit, wait_for_idle: Wait
) -> None:
    page = visit("/position")
    page.evaluate("history.replaceState({}, '', location.pathname + '?layer=1&head=2&query=3')")
    slider(page, "Heads").press("ArrowRight")
    expect(page).to_have_url(re.compile("heads=5"))
    wait_for_idle(page)

    assert parameters(page) == {"layer": ["1"], "head": ["2"], "query": ["3"], "heads": ["5"]}


def test_an_example_becomes_the_sentence_and_the_link(visit: Visit, wait_for_idle: Wait) -> None:
    page = visit("/position")
    page.get_by_role("radio", name="Masked word").click()

    expect(sentence(page)).to_have_value("A man in a red [MASK] is riding a horse.")
    wait_for_idle(page)
    assert parameters(page)["sentence"] == ["A man in a red [MASK] is riding a horse."]


def test_settings_and_sentence_stay_when_the_page_changes(visit: Visit) -> None:
    page = visit("/?heads=7&sentence=two+dogs")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Residual stream").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["/residual"])
    expect(sentence(page)).to_have_value("two dogs")
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


def test_the_tokens_follow_the_typing_and_stay_open(visit: Visit) -> None:
    page = visit("/position")
    page.get_by_text("What the tokenizer did").click()
    sentence(page).fill("photosynthesis")

    expect(page.get_by_role("list", name="Tokens").get_by_role("listitem")).to_have_text(
        ["[CLS]", "photos", "##y", "##nt", "##hes", "##is", "[SEP]"]
    )


def test_typed_markup_is_shown_and_never_run(visit: Visit, wait_for_idle: Wait) -> None:
    page = visit("/position")
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    typed = '<script>alert(1)</script> <img src="x" onerror="alert(2)"> ![](/x.png) :red[x] $x$ 😀'
    page.get_by_text("What the tokenizer did").click()
    sentence(page).fill(typed)
    expect(page.get_by_role("list", name="Tokens")).to_contain_text("😀 → [UNK]")
    wait_for_idle(page)

    assert dialogs == []
    assert (
        page.locator("[data-testid=stMain] img, [data-testid=stMain] .katex, [data-testid=stMain] script").count() == 0
    )
    expect(page.get_by_role("list", name="Tokens").get_by_role("listitem").nth(1)).to_have_text("<")


def test_two_tabs_do_not_see_each_others_state(
    visit: Visit, app_server: AppServer, new_page: Callable[..., Page], wait_for_idle: Wait
) -> None:
    one, other = visit("/position"), new_page()
    other.goto(app_server.url + "/position")
    wait_for_idle(other)
    sentence(one).fill("two dogs")
    slider(other, "Heads").press("ArrowRight")
    expect(one).to_have_url(re.compile("two"))
    expect(other).to_have_url(re.compile("heads=5"))

    assert parameters(one) == {"sentence": ["two dogs"]}
    assert parameters(other) == {"heads": ["5"]}


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_on_a_phone_everything_is_reachable_and_nothing_is_wider_than_the_screen(
    color_scheme: str, new_page: Callable[..., Page], app_server: AppServer, wait_for_idle: Wait
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme=color_scheme, has_touch=True)
    page.goto(app_server.url + "/position?weights=random")
    wait_for_idle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(sentence(page)).to_be_in_viewport()

    page.get_by_test_id("stExpandSidebarButton").click()
    for name in (*CONTROLS, "Positions", "LayerNorm"):
        control = page.get_by_role("group", name=name, exact=True).or_(page.get_by_role("radiogroup", name=name))
        control.scroll_into_view_if_needed()
        expect(control).to_be_in_viewport()
    page.get_by_label("Seed", exact=True).scroll_into_view_if_needed()
    expect(page.get_by_label("Seed", exact=True)).to_be_in_viewport()


def test_a_moved_size_sends_the_views_alone_and_keeps_all_other_settings(visit: Visit, page: Page) -> None:
    sent: list[str] = []

    def note(frame: str | bytes) -> None:
        message = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
        element = message.delta.new_element.WhichOneof("type")
        sent.append(str(element or message.WhichOneof("type")))

    def listen(websocket: WebSocket) -> None:
        websocket.on("framereceived", note)

    page.on("websocket", listen)
    visit("/?weights=random&seed=3&norm=pre&positions=learned&sentence=two+dogs")
    view = page.locator(".attention")
    expect(view).to_have_attribute("data-digest", re.compile("^[0-9a-f]{8}$"))
    before = view.get_attribute("data-digest")
    assert {"navigation", "text_input", "heading"} <= set(sent)
    sent.clear()

    slider(page, "Heads").press("ArrowRight")

    expect(view).not_to_have_attribute("data-digest", str(before))
    expect(page).to_have_url(re.compile("heads=5"))
    assert "bidi_component" in sent
    assert not {"navigation", "page_link", "text_input", "number_input", "heading"} & set(sent)
    after = view.get_attribute("data-digest")
    visit("/?" + urlsplit(page.url).query)
    expect(view).to_have_attribute("data-digest", str(after))
    assert on_screen(page) == {
        "Layers": "3",
        "Heads": "5",
        "d_model": "64",
        "Sentence": "two dogs",
        "Seed": "3",
        "Positions": "learned",
        "LayerNorm": "pre",
    }
