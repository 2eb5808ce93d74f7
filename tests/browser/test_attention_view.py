"""The attention view in a real browser: what it shows, how it answers, and that it answers without the server."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Locator, Page, WebSocket, expect

from tests.browser.app_server import AppServer, run_server
from tests.browser.apps.softmax_attention import EXAMPLES, HOSTILE, PLAIN, SoftmaxAttention

Open = Callable[..., Page]
Wait = Callable[[Page], None]
SHOWN = EXAMPLES["plain"]
PAINTED_AFTER_KEY = """async (root, key) => {
    const before = Number(root.dataset.painted);
    root.querySelector("[data-part=map]").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await new Promise(requestAnimationFrame);
    return Number(root.dataset.painted) - before;
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[AppServer]:
    with run_server(Path(__file__).parent / "apps" / "attention_view.py") as server:
        yield server


@pytest.fixture
def open_view(new_page: Callable[..., Page], server: AppServer, wait_for_idle: Wait) -> Open:
    """Open the view by a link and wait until it is painted: `open_view("?layer=1")`."""

    def go(address: str = "", before: Callable[[Page], None] = lambda page: None, **options: object) -> Page:
        page = new_page(**{"viewport": {"width": 1400, "height": 1000}, **options})
        before(page)
        page.goto(f"{server.url}/{address}")
        wait_for_idle(page)
        expect(page.locator(".attention")).to_have_attribute("data-digest", re.compile("^[0-9a-f]{8}$"))
        return page

    return go


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-part={name}]")


def chip(page: Page, token: int) -> Locator:
    return part(page, "chips").locator("button").nth(token)


def thumbnail(page: Page, layer: int, head: int) -> Locator:
    """The small map of a head; head -1 is the average."""
    return part(page, "heads").get_by_role("row").nth(layer + 1).locator("button").nth(head + 1)


def headline(page: Page) -> Locator:
    return page.locator(".story-panel .title")


def point_at(page: Page, query: int, key: int) -> None:
    """Move the mouse to a cell of the matrix of the plain example."""
    part(page, "field").scroll_into_view_if_needed()
    box = box_of(part(page, "field"))
    cell = box["width"] / len(PLAIN)
    page.mouse.move(box["x"] + cell * (key + 0.5), box["y"] + cell * (query + 0.5))


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def exact(page: Page, name: str) -> np.float32:
    """The number on the screen with all its digits."""
    return np.float32(part(page, name).get_attribute("title"))


def finding(layer: int, head: int, query: int, key: int | None = None, shown: SoftmaxAttention = SHOWN) -> str:
    """What the headline says about a cell; without a key it is the query's strongest."""
    weights = shown.weights[layer, head] if head >= 0 else shown.weights[layer].mean(axis=0)
    key = int(weights[query].argmax()) if key is None else key
    name = f"head {head}" if head >= 0 else "average"
    share = f"{100 * weights[query, key]:#.3g} %"
    return f"layer {layer}, {name}: query {shown.tokens[query]} looks at key {shown.tokens[key]}: {share}"


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_numbers_on_the_screen_are_the_numbers_of_the_arrays(open_view: Open) -> None:
    page = open_view()
    expect(headline(page)).to_have_text(finding(0, 0, query=1))
    for layer, head, query, key in [(0, 0, 0, 0), (2, 1, 6, 3), (1, 0, 4, 7)]:
        thumbnail(page, layer, head).click()
        point_at(page, query, key)
        expect(headline(page)).to_have_text(finding(layer, head, query, key))
        cell = (layer, head, query, key)
        assert exact(page, "dot") == SHOWN.dot_products[cell]
        assert exact(page, "score") == exact(page, "masked") == SHOWN.scores[cell]
        assert exact(page, "alpha") == exact(page, "tip") == SHOWN.weights[cell]
        scores = SHOWN.scores[layer, head, query]
        exponentials = np.exp(scores - scores.max())
        assert exact(page, "exponential") == pytest.approx(exponentials[key], rel=1e-6)
        division = f"{exponentials[key]:#.5g} ÷ {exponentials.sum():#.5g}"
        expect(part(page, "division")).to_have_text(division)


def test_the_products_of_all_dimensions_are_shown_with_their_sum(open_view: Open) -> None:
    page = open_view()
    point_at(page, query=2, key=6)
    page.mouse.down()
    page.mouse.up()
    q, k, v = SHOWN.query[0, 0, 2], SHOWN.key[0, 0, 6], SHOWN.value[0, 0, 6]
    alpha = np.full_like(v, SHOWN.weights[0, 0, 2, 6])
    for name, first, second in (("products", q, k), ("values", alpha, v)):
        part(page, name).focus()
        part(page, name).press("Home")
        for dimension in range(len(q)):
            expect(part(page, name)).to_have_attribute("aria-valuenow", str(dimension))
            text = (part(page, name).get_attribute("aria-valuetext") or "").replace("−", "-")
            numbers = [float(number) for number in re.findall(r"-?\d+\.\d+(?:e-\d+)?", text)]
            assert numbers == pytest.approx(
                [first[dimension], second[dimension], first[dimension] * second[dimension]], rel=1e-4
            )
            part(page, name).press("ArrowRight")
    assert exact(page, "dot") == pytest.approx((q * k).sum(), rel=1e-5)


def test_a_masked_key_is_told_as_minus_infinity_and_weight_zero(open_view: Open) -> None:
    page = open_view("?example=masked")
    part(page, "map").focus()
    part(page, "map").press("End")

    expect(part(page, "mask")).to_have_text("masked")
    expect(part(page, "masked")).to_have_text("−∞")
    expect(part(page, "exponential")).to_have_text("0.0000")
    expect(part(page, "alpha")).to_have_text("0.0000")


def test_the_average_says_what_it_is_and_lists_the_weights_of_the_heads(open_view: Open) -> None:
    page = open_view("?layer=1&head=mean&query=3")

    expect(headline(page)).to_have_text(finding(1, -1, query=3))
    expect(page.get_by_text("An average of the heads’ weights.")).to_be_visible()
    expect(part(page, "dot")).to_be_hidden()
    key = int(SHOWN.weights[1].mean(axis=0)[3].argmax())
    weights = SHOWN.weights[1, :, 3, key]
    expect(part(page, "headWeights").locator("li")).to_have_text(
        [re.compile(f"^head {head}: {weight:#.5g}$") for head, weight in enumerate(weights)]
    )


def test_choosing_pointing_and_typing_send_nothing_and_answer_in_one_frame(open_view: Open) -> None:
    frames: list[str | bytes] = []

    def listen(websocket: WebSocket) -> None:
        websocket.on("framesent", lambda frame: frames.append(frame))
        websocket.on("framereceived", lambda frame: frames.append(frame))

    page = open_view(before=lambda page: page.on("websocket", listen))
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


def test_pointing_previews_and_a_click_keeps(open_view: Open) -> None:
    page = open_view()
    chip(page, 2).hover()
    expect(headline(page)).to_have_text(finding(0, 0, query=2))
    page.mouse.move(0, 0)
    expect(headline(page)).to_have_text(finding(0, 0, query=1))

    chip(page, 4).click()
    thumbnail(page, 2, 1).hover()
    expect(headline(page)).to_have_text(finding(2, 1, query=4))
    thumbnail(page, 1, 0).click()
    page.mouse.move(0, 0)
    expect(headline(page)).to_have_text(finding(1, 0, query=4))
    expect(chip(page, 4)).to_have_attribute("aria-current", "true")
    assert address(page) == {"layer": ["1"], "query": ["4"]}


def test_the_keyboard_walks_keeps_and_releases_and_the_cell_is_read_aloud(open_view: Open) -> None:
    page = open_view()
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


def test_arcs_lead_to_the_largest_weights_until_they_hold_the_wanted_share(open_view: Open) -> None:
    page = open_view()
    row = np.sort(SHOWN.weights[0, 0, 1])[::-1]
    arcs = part(page, "arcs").locator("path")
    expect(arcs).to_have_count(int(np.searchsorted(row.cumsum(), 0.7) + 1))
    part(page, "mass").press("Home")
    expect(arcs).to_have_count(int(np.searchsorted(row.cumsum(), 0.5) + 1))
    part(page, "mass").press("End")
    expect(arcs).to_have_count(len(PLAIN))


def test_rescaling_gives_full_colour_to_the_largest_weight_and_prints_it(open_view: Open) -> None:
    page = open_view()
    darkest = (
        "canvas => Math.max(...canvas.getContext('2d').getImageData(0, 0, 8, 8).data.filter((x, i) => i % 4 == 3))"
    )
    peak = SHOWN.weights[0, 0].max()
    expect(part(page, "limit")).to_have_text("1")
    assert part(page, "field").evaluate(darkest) == round(255 * float(peak))
    page.get_by_label("rescale").check()
    expect(part(page, "limit")).to_have_text(f"{peak:#.5g}")
    assert part(page, "field").evaluate(darkest) == 255


def test_a_change_of_theme_is_followed_at_once(open_view: Open) -> None:
    page = open_view()
    root = page.locator(".attention")
    ink = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 1, 1).data].slice(0, 3)"
    assert part(page, "field").evaluate(ink) == pytest.approx([0x7B, 0x3F, 0xB5], abs=8)
    painted = root.get_attribute("data-painted") or ""
    page.emulate_media(color_scheme="dark")
    expect(root).not_to_have_attribute("data-painted", painted)
    assert part(page, "field").evaluate(ink) == pytest.approx([0xC3, 0x9B, 0xFF], abs=8)


def test_a_link_opens_what_it_names_and_nonsense_moves_to_the_nearest(open_view: Open) -> None:
    for link, expected in (
        ("layer=99&head=1e9&query=1e999", (2, 1, 7)),
        ("layer=one&head=-1&query=", (0, 0, 1)),
        ("layer=1&layer=2&head=%3Cb%3E&query=-0.2", (1, 0, 0)),
    ):
        page = open_view(f"?{link}&other=a+b%20c&example=other")
        expect(headline(page)).to_have_text(finding(*expected, shown=EXAMPLES["other"]))
        assert "other=a+b%20c" in page.url
        named = {name: values for name, values in address(page).items() if name in ("layer", "head", "query")}
        assert all(len(values) == 1 for values in named.values())
        page.close()


def test_new_numbers_keep_the_place_and_the_choice(open_view: Open, wait_for_idle: Wait) -> None:
    page = open_view("?layer=2&head=1&query=6")
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


def test_hostile_tokens_are_shown_as_typed_and_never_run(open_view: Open) -> None:
    dialogs: list[str] = []
    page = open_view(
        "?example=hostile", before=lambda page: page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    )
    for token in range(len(HOSTILE)):
        chip(page, token).hover()
    for list_of_tokens in (part(page, "chips").locator("bdi"), part(page, "rows").locator("bdi")):
        assert list_of_tokens.all_text_contents() == list(HOSTILE)

    assert dialogs == []
    assert page.locator(".attention").locator("img, script, b:text-is('')").count() == 0


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(color_scheme: str, open_view: Open) -> None:
    page = open_view("?example=hostile", color_scheme=color_scheme)
    for _ in range(2):
        found = Axe().run(page, context="[data-testid=stBidiComponentIsolated]").response["violations"]
        assert found == []
        page.get_by_label("rescale").check()  # full colour behind the words
        thumbnail(page, 1, -1).click()


def test_on_a_phone_a_tap_keeps_and_nothing_is_wider_than_the_screen(open_view: Open) -> None:
    page = open_view(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    chip(page, 5).tap()
    expect(headline(page)).to_have_text(finding(0, 0, query=5))
    thumbnail(page, 1, 1).tap()
    expect(headline(page)).to_have_text(finding(1, 1, query=5))
    for example in ("hostile", "long"):
        page.get_by_text(example, exact=True).tap()
        expect(headline(page)).to_contain_text(EXAMPLES[example].tokens[5])
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_long_sentences_stay_aligned_and_follow_the_cell(open_view: Open) -> None:
    page = open_view("?example=long")
    matrix = part(page, "map")
    matrix.focus()
    matrix.press("End")
    for _ in range(60):
        matrix.press("ArrowDown")
    expect(headline(page)).to_have_text(finding(0, 0, 60, 127, shown=EXAMPLES["long"]))
    cell, box = box_of(page.locator(".cell")), box_of(matrix)
    label_of_row = box_of(part(page, "rows").locator("bdi").nth(60))
    label_of_column = box_of(part(page, "columns").locator("bdi").nth(127))
    assert box["x"] <= cell["x"] <= box["x"] + box["width"] - cell["width"] + 1
    assert box["y"] <= cell["y"] <= box["y"] + box["height"] - cell["height"] + 1
    assert label_of_row["y"] == pytest.approx(cell["y"], abs=1)
    assert label_of_column["x"] == pytest.approx(cell["x"], abs=1)
