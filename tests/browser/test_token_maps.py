"""Token maps in a real browser: the exact number under the mouse and the keys, in words, in light and dark."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.browser.app_server import AppServer, run_server
from tests.browser.apps.token_tables import EXAMPLES, HOSTILE
from tests.palettes import DARK, LIGHT

Open = Callable[..., Page]
SHOWN = EXAMPLES["plain"]
SIGNED, SIZES = 0, 1


@pytest.fixture(scope="module")
def server() -> Iterator[AppServer]:
    with run_server(Path(__file__).parent / "apps" / "token_maps.py") as server:
        yield server


@pytest.fixture
def open_maps(new_page: Callable[..., Page], server: AppServer, wait_for_idle: Callable[[Page], None]) -> Open:
    """Open both maps by a link and wait until they are painted: `open_maps("?example=long")`."""

    def go(address: str = "", before: Callable[[Page], None] = lambda page: None, **options: object) -> Page:
        page = new_page(**{"viewport": {"width": 1200, "height": 900}, **options})
        before(page)
        page.goto(f"{server.url}/{address}")
        wait_for_idle(page)
        for which in (SIGNED, SIZES):
            expect(the_map(page, which)).to_have_attribute("data-digest", re.compile("^[0-9a-f]{8}$"))
        return page

    return go


def the_map(page: Page, which: int) -> Locator:
    return page.locator(".token-map").nth(which)


def part(page: Page, which: int, name: str) -> Locator:
    return the_map(page, which).locator(f"[data-part={name}]")


def point_at(page: Page, which: int, row: int, column: int) -> None:
    """Move the mouse to the middle of a cell of the plain example."""
    field = part(page, which, "field")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    n_columns = SHOWN.n_dimensions if which == SIGNED else len(SHOWN.sites)
    width, height = box["width"] / n_columns, box["height"] / len(SHOWN.tokens)
    page.mouse.move(box["x"] + (column + 0.5) * width, box["y"] + (row + 0.5) * height)


def pixel(page: Page, which: int, row: int, column: int) -> str:
    """The colour of a cell as it is painted, as #rrggbb."""
    place = [column, row, 1, 1]
    script = "(canvas, place) => [...canvas.getContext('2d').getImageData(...place).data]"
    red, green, blue, _ = part(page, which, "canvas").evaluate(script, place)
    return f"#{red:02x}{green:02x}{blue:02x}"


def near(colour: str, wanted: str) -> bool:
    return all(abs(int(colour[i : i + 2], 16) - int(wanted[i : i + 2], 16)) <= 3 for i in (1, 3, 5))


def test_pointing_reads_the_number_of_the_cell_in_words(open_maps: Open) -> None:
    page = open_maps()
    point_at(page, SIZES, 2, 1)
    words = "token cat (position 2), layer 0, after attention was added: ‖x‖ = 6.2500"
    expect(part(page, SIZES, "words")).to_have_text(words)
    expect(part(page, SIZES, "rows").locator(".lit")).to_have_text("2 cat")

    point_at(page, SIGNED, 1, 3)
    expect(part(page, SIGNED, "words")).to_have_text(
        f"token the (position 1), dimension 3: P = {SHOWN.encoding[1, 3]:.5f}".replace("-", "−")
    )
    expect(part(page, SIZES, "words")).to_contain_text("Point at a cell")


def test_arrow_keys_walk_over_the_cells_and_escape_lets_go(open_maps: Open) -> None:
    page = open_maps()
    page.get_by_role("application").nth(SIZES).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    words = "token the (position 1), layer 0, after attention was added: ‖x‖ = 5.2500"
    expect(part(page, SIZES, "words")).to_have_text(words)
    expect(part(page, SIZES, "aloud")).to_have_text(words)
    page.keyboard.press("End")
    expect(part(page, SIZES, "words")).to_contain_text("layer 1, after the feed-forward network was added")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(part(page, SIZES, "words")).to_have_text("token [CLS] (position 0), at the embedding: ‖x‖ = 4.0000")
    page.keyboard.press("Escape")
    expect(part(page, SIZES, "words")).to_contain_text("Point at a cell")


def test_who_walks_on_at_once_leaves_no_words_behind(open_maps: Open) -> None:
    page = open_maps()
    part(page, SIGNED, "map").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")  # before the words are read aloud; a script that fails then fails the test
    page.wait_for_timeout(300)
    expect(part(page, SIGNED, "aloud")).to_have_text("")


def test_pointing_and_rescaling_ask_the_server_nothing(open_maps: Open) -> None:
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))

    page = open_maps(before=lambda page: page.on("websocket", listen))
    page.wait_for_timeout(1000)
    before = len(sent)
    point_at(page, SIGNED, 0, 0)
    point_at(page, SIZES, 4, 4)
    page.get_by_label("rescale").locator("visible=true").check()
    expect(part(page, SIZES, "low")).to_have_text("4.00")
    page.wait_for_timeout(500)
    assert len(sent) == before > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_the_theme_s_and_the_legend_prints_their_limits(scheme: str, open_maps: Open) -> None:
    page = open_maps(color_scheme=scheme)
    palette = LIGHT if scheme == "light" else DARK
    assert near(pixel(page, SIGNED, 0, 0), palette.diverging[0])
    assert near(pixel(page, SIGNED, 2, 3), palette.diverging[4])  # the middle of the table is zero
    assert near(pixel(page, SIGNED, 4, 6), palette.diverging[-1])
    assert near(pixel(page, SIZES, 4, 4), palette.sequential[-1])
    limits = [part(page, SIGNED, name).inner_text() for name in ("low", "high", "limit")]
    assert limits == ["−1.00", "1.00", "± the largest"]
    assert [part(page, SIZES, name).inner_text() for name in ("low", "high")] == ["0", "9.00"]


def test_rescaled_colours_begin_at_the_smallest_number(open_maps: Open) -> None:
    page = open_maps()
    assert not near(pixel(page, SIZES, 0, 0), LIGHT.sequential[0])
    page.get_by_label("rescale").locator("visible=true").check()
    expect(part(page, SIZES, "limit")).to_have_text("smallest to largest")
    assert near(pixel(page, SIZES, 0, 0), LIGHT.sequential[0])


def test_hostile_words_are_shown_as_typed_and_repeated_words_keep_their_rows(open_maps: Open) -> None:
    page = open_maps("?example=hostile")
    rows = part(page, SIGNED, "rows").locator("bdi")
    expect(rows).to_have_text(list(HOSTILE))
    for tag in ("b:not(.title)", "a", "script", "img"):
        assert the_map(page, SIGNED).locator(tag).count() == 0
    page.get_by_role("application").nth(SIGNED).focus()
    page.keyboard.press("ArrowRight")
    expect(part(page, SIGNED, "words")).to_contain_text("token <b> (position 0), dimension 1")


def test_the_largest_table_scrolls_in_its_own_frame_on_a_phone(open_maps: Open) -> None:
    page = open_maps("?example=long", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for which in (SIGNED, SIZES):
        box = part(page, which, "map").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
        assert box["height"] <= 500
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("application").nth(SIGNED).focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(part(page, SIGNED, "words")).to_contain_text("token word1 (position 1), dimension 511")
    cell = part(page, SIGNED, "cell").bounding_box()
    assert cell is not None
    assert 0 <= cell["x"] <= 390


def test_a_tap_reads_a_cell(open_maps: Open) -> None:
    page = open_maps(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    part(page, SIZES, "field").tap()
    expect(part(page, SIZES, "words")).to_have_text(
        "token cat (position 2), layer 0, after the feed-forward network was added: ‖x‖ = 6.5000"
    )


def test_other_numbers_are_painted_into_the_same_view(open_maps: Open) -> None:
    page = open_maps()
    before = the_map(page, SIZES).get_attribute("data-digest")
    the_map(page, SIZES).evaluate("element => (element.mark = 1)")
    page.get_by_text("long", exact=True).click()
    expect(the_map(page, SIZES)).not_to_have_attribute("data-digest", str(before))
    assert the_map(page, SIZES).evaluate("element => element.mark") == 1
    expect(part(page, SIZES, "rows").locator("bdi")).to_have_count(128)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, open_maps: Open) -> None:
    page = open_maps("?example=hostile", color_scheme=scheme)
    page.get_by_role("application").nth(SIZES).focus()
    found = Axe().run(page, context="[data-testid=stBidiComponentIsolated]").response["violations"]
    assert found == []
