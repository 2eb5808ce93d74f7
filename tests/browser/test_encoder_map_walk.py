"""The encoder map in a real browser: from a number of the output back to the word embeddings, cell by cell."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from encoder import explain
from tests.browser.apps.small_traces import EXAMPLES
from tests.browser.map_on_screen import OUTPUT, TRACE, field, first_step, part, pinned_number, place, shown_number
from tests.browser.page_turning import turn_to

Open = Callable[..., Page]


def test_keys_alone_walk_from_the_output_to_the_token_and_every_number_is_the_encoders(open_map: Open) -> None:
    page = open_map("?layer=1")
    field(page, OUTPUT).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    step: tuple[str, tuple[int, ...]] | None = (OUTPUT, (0, 1, 2))
    visited = []
    while step:
        pinned_number(page, *step)
        visited.append(step)
        step = first_step(*step)
        page.keyboard.press("Backspace")
    assert [path for path, _ in visited][-3:] == ["embedding.sum", "embedding.token", "token_ids"]
    assert {path.split(".")[1] for path, _ in visited if path.startswith("layers")} == {"0", "1"}
    expect(part(page, "trail").locator("button")).to_have_count(len(visited))

    for forward in reversed(visited[-4:-1]):
        page.keyboard.press("Escape")
        pinned_number(page, *forward)
    expect(part(page, "trail").locator("button")).to_have_count(len(visited) - 3)


def test_clicks_alone_walk_from_the_output_to_the_token_through_attention(open_map: Open) -> None:
    page = open_map("?layer=1")
    walked = [(OUTPUT, (0, 2, 3))]
    page.mouse.click(*place(page, OUTPUT, 2, 3))
    pinned_number(page, *walked[0])
    while walked[-1][0] != "token_ids":
        chosen = next(
            source for source in reversed(page.locator("[data-part=sources] button").all()) if source.is_enabled()
        )
        path = str(chosen.get_attribute("data-path"))
        chosen.click()
        expect(part(page, "trail").locator("button")).to_have_count(len(walked) + 1)
        expect(part(page, "value")).to_have_attribute("data-pinned", re.compile(re.escape(path)))
        cell = str(part(page, "value").get_attribute("data-pinned"))
        index = tuple(int(at) for at in cell.partition("@")[2].split(","))
        assert any(
            source.path == path
            and all(isinstance(wanted, slice) or wanted == at for wanted, at in zip(source.index, index, strict=True))
            for source in explain(TRACE, *walked[-1]).sources
        )
        pinned_number(page, path, index)
        walked.append((path, index))
        if path == "embedding.position":
            break
    assert len(walked) > 10
    reached = field(page, walked[-1][0])
    expect(reached).to_be_in_viewport()
    below, top = part(page, "story").bounding_box(), reached.bounding_box()
    assert below is not None
    assert top is not None
    assert top["y"] >= below["y"] + below["height"] - 1  # not behind what is said about it
    part(page, "trail").locator("button").first.click()
    pinned_number(page, *walked[0])


def test_a_click_on_a_lit_cell_walks_and_a_click_elsewhere_starts_anew(open_map: Open) -> None:
    page = open_map()
    residual, output = "layers.0.attention_residual", "layers.0.attention.output"
    page.mouse.click(*place(page, residual, 3, 5))
    pinned_number(page, residual, (0, 3, 5))
    page.mouse.click(*place(page, output, 3, 5))
    pinned_number(page, output, (0, 3, 5))
    expect(part(page, "trail").locator("button")).to_have_count(2)
    page.mouse.click(*place(page, output, 4, 5))
    pinned_number(page, output, (0, 4, 5))
    expect(part(page, "trail").locator("button")).to_have_count(1)
    expect(page).to_have_url(re.compile(re.escape(f"cell={output}@0,4,5")))


def test_a_link_opens_its_layer_head_and_cell(open_map: Open) -> None:
    page = open_map("?cell=layers.1.attention.context@0,2,3,4")
    pinned_number(page, "layers.1.attention.context", (0, 2, 3, 4))
    assert page.url.endswith("?layer=1&head=2&cell=layers.1.attention.context@0,2,3,4")


def test_a_logit_names_its_word_and_leads_back_to_the_embedding(open_map: Open) -> None:
    trace = EXAMPLES["predicting"].trace()
    step: tuple[str, tuple[int, ...]] | None = ("prediction.logits", (0, 2, 7))
    page = open_map("?example=predicting&cell=prediction.logits@0,2,7")
    expect(part(page, "what")).to_contain_text("logits: token 2 “\u2068cat\u2069”, word 7 “\u2068<b>7\u2069”")
    visited = []
    field(page, "prediction.logits").focus()
    while step:
        pinned_number(page, *step, trace)
        visited.append(step[0])
        step = first_step(*step, trace)
        page.keyboard.press("Backspace")
    assert visited[-2:] == ["embedding.token", "token_ids"]
    assert {"prediction.norm.output", "final_norm.output", "layers.1.feed_forward_residual"} < set(visited)


def test_at_the_largest_shape_whoever_rests_on_a_cell_reads_its_exact_number(open_map: Open) -> None:
    page = open_map("?example=large")
    path, trace, value = "layers.0.feed_forward.activation", EXAMPLES["large"].trace(), part(page, "value")

    def is_exact_at(row: int) -> None:
        expect(value).to_have_attribute("data-cell", re.compile(f"^{re.escape(path)}@0,{row},"))
        expect(value).to_have_text(re.compile("^="))
        index = tuple(int(at) for at in str(value.get_attribute("data-cell")).partition("@")[2].split(","))
        assert shown_number(page) == pytest.approx(trace[path][index].item(), rel=1e-5)

    page.mouse.move(*place(page, path, 100, 1000))
    expect(value).to_have_text(re.compile("^≈"))  # at once
    is_exact_at(100)
    page.mouse.move(*place(page, path, 20, 300))  # the row that was fetched before gives way
    is_exact_at(20)
    page.mouse.click(*place(page, path, 60, 1700))
    expect(value).to_have_attribute("data-pinned", re.compile(f"^{re.escape(path)}@0,60,"))
    page.mouse.move(*place(page, path, 20, 300))
    is_exact_at(20)
    page.mouse.move(0, 0)  # the pinned cell is spoken of again
    is_exact_at(60)


def test_live_leads_to_the_map_and_a_pinned_cell_is_in_the_link(
    visit: Callable[[str], Page], wait_for_idle: Callable[[Page], None]
) -> None:
    page = visit("/?layers=2&seed=5&sentence=two+dogs&weights=random")
    page.get_by_role("link", name=re.compile("Where does each number come from")).click()
    expect(page.locator(".encoder-map")).to_have_attribute("data-digest", re.compile("^[0-9a-f]{8}$"))
    wait_for_idle(page)
    page.mouse.click(*place(page, "layers.0.attention.scores", 1, 2))
    expect(part(page, "value")).to_have_attribute("data-pinned", "layers.0.attention.scores@0,0,1,2")
    expect(page).to_have_url(re.compile("/map.*seed=5.*cell=layers.0.attention.scores@0,0,1,2"))
    shown = part(page, "value").get_attribute("title")
    page.reload()
    expect(part(page, "value")).to_have_attribute("data-pinned", "layers.0.attention.scores@0,0,1,2")
    expect(part(page, "value")).to_have_attribute("title", str(shown))


@pytest.fixture
def payloads(page: Page) -> list[object]:
    """Every message with numbers for the map that the browser gets."""
    got: list[object] = []

    def note(frame: str | bytes) -> None:
        if isinstance(frame, bytes) and b'"headWidth"' in frame:
            got.append(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", note))
    return got


def test_the_map_comes_back_to_its_own_cell_and_is_sent_once(
    visit: Callable[[str], Page], payloads: list[object], wait_for_idle: Callable[[Page], None]
) -> None:
    cell = "layers.1.feed_forward.output@0,2,7"
    page = visit(f"/map?layers=2&d_model=32&weights=random&sentence=two+dogs&cell={cell}")
    value = part(page, "value")
    expect(value).to_have_attribute("data-pinned", cell)
    page.mouse.click(*place(page, "layers.1.attention.scores", 1, 2))
    cell = "layers.1.attention.scores@0,0,1,2"
    expect(value).to_have_attribute("data-pinned", cell)
    wait_for_idle(page)
    for name in ("Tokens", "Attention"):  # attention is only passed by, and nobody points at a weight
        turn_to(page, name, wait_for_idle)
        payloads.clear()
        turn_to(page, "Map", wait_for_idle)
        expect(value).to_have_attribute("data-pinned", cell)
        expect(page).to_have_url(re.compile(re.escape(cell)))
        wait_for_idle(page)
        assert len(payloads) == 1

    page.keyboard.press("Escape")
    turn_to(page, "Attention", wait_for_idle)
    page.locator("[data-part=chips] button").nth(2).click()
    page.locator("[data-part=heads] [role=row]").nth(2).get_by_role("gridcell").nth(2).click()
    page.locator("[data-part=map]").focus()
    for key in ("Home", "Enter"):
        page.locator("[data-part=map]").press(key)
    page.wait_for_function("lastSeen.key === 0")
    assert page.evaluate("lastSeen") == {"layer": 1, "head": 1, "query": 2, "key": 0}
    payloads.clear()
    turn_to(page, "Map", wait_for_idle)
    expect(value).to_have_attribute("data-pinned", "layers.1.attention.weights@0,1,2,0")
    wait_for_idle(page)
    assert len(payloads) == 1


def test_from_live_the_map_opens_on_the_weight_that_is_told_there_and_is_sent_once(
    visit: Callable[[str], Page], payloads: list[object], wait_for_idle: Callable[[Page], None]
) -> None:
    page = visit("/?layers=2&d_model=32&weights=random&sentence=two+dogs&layer=1&head=2&query=1")
    expect(part(page, "mapTitle")).to_have_text("layer 1, head 2")
    seen = page.evaluate("lastSeen")
    assert (seen["layer"], seen["head"], seen["query"]) == (1, 2, 1)
    page.set_viewport_size({"width": 1280, "height": 500})
    page.get_by_role("link", name=re.compile("Where does each number come from")).click()
    cell = f"layers.1.attention.weights@0,2,1,{seen['key']}"
    expect(part(page, "value")).to_have_attribute("data-pinned", cell)
    wait_for_idle(page)
    assert len(payloads) == 1
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()  # the cell stands far below it


def test_a_link_to_a_cell_shows_it(visit: Callable[[str], Page], wait_for_idle: Callable[[Page], None]) -> None:
    path = "layers.1.feed_forward_norm.output"
    page = visit(f"/map?layers=2&d_model=32&weights=random&sentence=two+dogs&cell={path}@0,1,2")
    expect(part(page, "value")).to_have_attribute("data-pinned", f"{path}@0,1,2")
    wait_for_idle(page)
    expect(field(page, path)).to_be_in_viewport()
