"""The controls of the frame in a real browser: typing, small screens, two visitors, and what the server sends."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import streamlit  # noqa: F401  # Streamlit's messages can be imported only after Streamlit itself
from playwright.sync_api import Dialog, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.app_server import AppServer
from tests.browser.frame_on_screen import CONTROLS, on_screen, parameters, sentence, slider

Visit = Callable[[str], Page]
Wait = Callable[[Page], None]


def test_an_example_becomes_the_sentence_and_the_link(visit: Visit, wait_for_idle: Wait) -> None:
    page = visit("/position")
    page.get_by_role("radio", name="Masked word").click()

    expect(sentence(page)).to_have_value("A man in a red [MASK] is riding a horse.")
    wait_for_idle(page)
    assert parameters(page)["sentence"] == ["A man in a red [MASK] is riding a horse."]


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


def test_on_a_phone_the_menu_makes_way_for_the_page_that_was_chosen_and_marks_it(
    new_page: Callable[..., Page], app_server: AppServer, wait_for_idle: Wait
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(app_server.url)
    wait_for_idle(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    menu = page.get_by_role("navigation", name="Pages")
    expect(menu.locator("[aria-current=page]")).to_have_text(re.compile("Live$"))
    menu.get_by_role("link", name="Residual stream").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("What does each sublayer add?")
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
    wait_for_idle(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(menu.locator("[aria-current=page]")).to_have_text(re.compile("Residual stream$"))


def test_a_control_that_goes_back_and_forth_is_sent_what_the_browser_may_have_forgotten(
    visit: Visit, page: Page
) -> None:
    sent: list[ForwardMsg] = []

    def listen(websocket: WebSocket) -> None:
        websocket.on("framereceived", lambda frame: sent.append(ForwardMsg.FromString(bytes(frame))))

    page.on("websocket", listen)
    visit("/?sentence=back+and+forth")
    view, seen = page.locator(".attention"), []
    for key in ("ArrowRight", "ArrowLeft", "ArrowRight", "ArrowLeft"):
        seen.append(view.get_attribute("data-digest"))
        slider(page, "Heads").press(key)
        expect(view).not_to_have_attribute("data-digest", str(seen[-1]))
    for _ in range(15):
        slider(page, "Heads").press("ArrowRight")
        slider(page, "Heads").press("ArrowLeft")

    expect(view).to_have_attribute("data-digest", str(seen[0]))
    assert seen[0] == seen[2] != seen[1] == seen[3]
    assert not [message.ref_hash for message in sent if message.WhichOneof("type") == "ref_hash"]
    expect(page.get_by_role("dialog")).to_have_count(0)


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
    assert sent.index("bidi_component") < sent.index("slider"), "what the visitor waits for comes first"
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
