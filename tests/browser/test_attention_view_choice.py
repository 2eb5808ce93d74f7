"""Choosing in the attention view: by mouse, keys, tap and link, and answered without the server."""

from collections.abc import Callable

from playwright.sync_api import Page, WebSocket, expect

from tests.browser.apps.softmax_attention import EXAMPLES, PLAIN
from tests.browser.attention_on_screen import address, chip, finding, headline, part, peak, point_at, thumbnail

Open = Callable[..., Page]
PAINTED_AFTER_KEY = """async (root, key) => {
    const before = Number(root.dataset.painted);
    root.querySelector("[data-part=map]").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await new Promise(requestAnimationFrame);
    return Number(root.dataset.painted) - before;
}"""


def test_choosing_pointing_and_typing_send_nothing_and_answer_in_one_frame(open_attention: Open) -> None:
    frames: list[str | bytes] = []

    def listen(websocket: WebSocket) -> None:
        websocket.on("framesent", lambda frame: frames.append(frame))
        websocket.on("framereceived", lambda frame: frames.append(frame))

    page = open_attention(before=lambda page: page.on("websocket", listen))
    assert frames
    frames.clear()
    for token in range(len(PLAIN)):
        chip(page, token).hover()
    chip(page, 3).click()
    thumbnail(page, 1, 1).hover()
    thumbnail(page, 2, -1).click()
    thumbnail(page, 2, 0).click()
    point_at(page, 4, 4)
    page.mouse.down()
    page.mouse.up()
    for key in ("ArrowUp", "ArrowRight", "End", "Enter", "Escape"):
        part(page, "map").press(key)
    part(page, "mass").press("End")
    page.get_by_label("rescale").check()
    part(page, "products").hover()
    for step in ("ArrowLeft", "ArrowDown", "Home"):
        painted = page.locator(".attention").evaluate(PAINTED_AFTER_KEY, step)
        assert painted == 1
    page.wait_for_timeout(300)
    assert frames == []


def test_pointing_previews_and_a_click_keeps(open_attention: Open) -> None:
    page = open_attention()
    chip(page, 2).hover()
    expect(headline(page)).to_have_text(finding(0, 0, query=2))
    page.mouse.move(0, 0)
    expect(headline(page)).to_have_text(finding(0, 0, query=1))

    chip(page, 4).click()
    thumbnail(page, 2, 1).hover()
    expect(headline(page)).to_have_text(finding(2, 1, query=4))
    expect(part(page, "finding")).to_have_text(peak(2, 1))
    thumbnail(page, 1, 0).click()
    page.mouse.move(0, 0)
    expect(headline(page)).to_have_text(finding(1, 0, query=4))
    expect(chip(page, 4)).to_have_attribute("aria-current", "true")
    assert address(page) == {"layer": ["1"], "query": ["4"]}


def test_the_keyboard_walks_keeps_and_releases_and_the_cell_is_read_aloud(open_attention: Open) -> None:
    page = open_attention()
    matrix = part(page, "map")
    matrix.focus()
    for key in ("Home", "ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        matrix.press(key)
    expect(headline(page)).to_have_text(finding(0, 0, query=3, key=1))
    share = finding(0, 0, 3, 1).split(": ")[-1]
    words = f"layer 0, head 0: query want (token 3) looks at key the (token 1): {share}"
    expect(part(page, "aloud")).to_have_text(words)
    expect(matrix).to_have_attribute("aria-label", words)
    assert address(page) == {"query": ["3"]}

    matrix.press("Escape")
    expect(headline(page)).to_have_text(finding(0, 0, query=1))
    assert address(page) == {}

    thumbnail(page, 0, 0).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(thumbnail(page, 2, 1)).to_be_focused()
    expect(headline(page)).to_have_text(finding(2, 1, query=1))
    page.keyboard.press("Enter")
    chip(page, 1).focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(headline(page)).to_have_text(finding(2, 1, query=3))
    assert address(page) == {"layer": ["2"], "head": ["1"], "query": ["3"]}


def test_a_link_opens_what_it_names_and_nonsense_moves_to_the_nearest(open_attention: Open) -> None:
    for link, expected in (
        ("layer=99&head=1e9&query=1e999", (2, 1, 7)),
        ("layer=one&head=-1&query=", (0, 0, 1)),
        ("layer=1&layer=2&head=%3Cb%3E&query=-0.2", (1, 0, 0)),
    ):
        page = open_attention(f"?{link}&other=a+b%20c&example=other")
        expect(headline(page)).to_have_text(finding(*expected, shown=EXAMPLES["other"]))
        assert "other=a+b%20c" in page.url
        named = {name: values for name, values in address(page).items() if name in ("layer", "head", "query")}
        assert all(len(values) == 1 for values in named.values())
        # A whole number, as a file that is saved can carry it.
        assert max(page.evaluate("[lastChosen.layer, lastChosen.head, lastChosen.query ?? 0]")) < 1000
        page.close()


def test_new_numbers_keep_the_place_and_the_choice(open_attention: Open, wait_for_idle: Callable[[Page], None]) -> None:
    page = open_attention("?layer=2&head=1&query=6")
    digest = page.locator(".attention").get_attribute("data-digest")
    chip(page, 0).evaluate("element => { element.still = true; }")
    page.get_by_text("other", exact=True).click()

    expect(headline(page)).to_have_text(finding(2, 1, 6, shown=EXAMPLES["other"]))
    assert page.locator(".attention").get_attribute("data-digest") != digest
    assert chip(page, 0).evaluate("element => element.still")
    wait_for_idle(page)
    assert address(page) == {"layer": ["2"], "head": ["1"], "query": ["6"], "example": ["other"]}

    page.get_by_text("short", exact=True).click()
    expect(headline(page)).to_have_text(finding(1, 0, 2, shown=EXAMPLES["short"]))
    wait_for_idle(page)
    assert address(page) == {"layer": ["1"], "query": ["2"], "example": ["short"]}

    page.get_by_text("other", exact=True).click()
    expect(headline(page)).to_have_text(finding(2, 1, 6, shown=EXAMPLES["other"]))
    wait_for_idle(page)
    assert address(page) == {"layer": ["2"], "head": ["1"], "query": ["6"], "example": ["other"]}


def test_what_has_no_place_for_a_while_comes_back_and_the_link_names_what_is_shown(
    open_attention: Open, wait_for_idle: Callable[[Page], None]
) -> None:
    page = open_attention("?layer=2&head=1")
    point_at(page, 6, 3)
    page.mouse.down()
    page.mouse.up()
    page.get_by_text("short", exact=True).click()
    expect(headline(page)).to_have_text(finding(1, 0, 2, 2, shown=EXAMPLES["short"]))
    wait_for_idle(page)
    assert address(page) == {"layer": ["1"], "query": ["2"], "example": ["short"]}
    current = "buttons => buttons.flatMap((button, i) => button.ariaCurrent === 'true' ? [i] : [])"
    assert part(page, "chips").locator("button").evaluate_all(current) == [2]
    assert part(page, "heads").locator("button").evaluate_all(current) == [1 * 2 + 1]

    thumbnail(page, 0, 0).click()  # a choice of its own counts from now on, and nothing else is lost
    page.get_by_text("plain", exact=True).click()
    expect(headline(page)).to_have_text(finding(0, 0, 6, 3))
    wait_for_idle(page)
    assert address(page) == {"query": ["6"]}


def test_on_a_phone_a_tap_keeps_and_nothing_is_wider_than_the_screen(open_attention: Open) -> None:
    page = open_attention(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    chip(page, 5).tap()
    expect(headline(page)).to_have_text(finding(0, 0, query=5))
    thumbnail(page, 1, 1).tap()
    expect(headline(page)).to_have_text(finding(1, 1, query=5))
    expect(part(page, "finding")).to_have_text(peak(1, 1))
    for example in ("hostile", "long"):
        page.get_by_text(example, exact=True).tap()
        expect(headline(page)).to_contain_text(EXAMPLES[example].tokens[5])
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
