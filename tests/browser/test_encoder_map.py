"""The encoder map in a real browser: from a number of the output back to the word embeddings, cell by cell."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, WebSocket, expect

from encoder import Trace, explain
from pages.frame.encoder_boxes import stages
from pages.views.map_wires import wires
from tests.browser.app_server import AppServer, run_server
from tests.browser.apps.small_traces import EXAMPLES, HOSTILE

Open = Callable[..., Page]
TRACE = EXAMPLES["plain"].trace()
OUTPUT = "layers.1.feed_forward_norm.output"


@pytest.fixture(scope="module")
def server() -> Iterator[AppServer]:
    with run_server(Path(__file__).parent / "apps" / "encoder_map.py") as server:
        yield server


@pytest.fixture
def open_map(new_page: Callable[..., Page], server: AppServer, wait_for_idle: Callable[[Page], None]) -> Open:
    """Open the map by a link and wait until it is painted: `open_map("?layer=1")`."""

    def go(address: str = "", before: Callable[[Page], None] = lambda page: None, **options: object) -> Page:
        page = new_page(**{"viewport": {"width": 1280, "height": 1000}, **options})
        before(page)
        page.goto(f"{server.url}/{address}")
        wait_for_idle(page)
        expect(page.locator(".encoder-map")).to_have_attribute("data-digest", re.compile("^[0-9a-f]{8}$"))
        return page

    return go


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-part={name}]")


def field(page: Page, path: str) -> Locator:
    return page.locator(f'.box[data-path="{path}"] .field').first


def place(page: Page, path: str, row: int, column: int) -> tuple[float, float]:
    """The middle of a cell on the screen."""
    field(page, path).scroll_into_view_if_needed()
    box = field(page, path).bounding_box()
    assert box is not None
    n_rows, n_columns = field(page, path).evaluate("field => field.box.size")
    return box["x"] + (column + 0.5) * box["width"] / n_columns, box["y"] + (row + 0.5) * box["height"] / n_rows


def shown_number(page: Page) -> float:
    """The number on the screen; another process may add up in another order, so its last digit may differ."""
    return float(str(part(page, "value").get_attribute("title")))


def pinned_number(page: Page, path: str, index: tuple[int, ...], trace: Trace = TRACE) -> None:
    """Compare what is said about the pinned cell with the encoder's own number and arithmetic."""
    cell = f"{path}@{','.join(map(str, index))}"
    expect(part(page, "value")).to_have_attribute("data-pinned", cell)
    expect(part(page, "value")).to_have_attribute("data-cell", cell)
    assert shown_number(page) == pytest.approx(trace[path][index].item(), rel=1e-6)
    story = str(explain(trace, path, index)).partition(" = ")[2]
    expect(part(page, "arithmetic")).to_have_text(f"= {story}")


def first_step(path: str, index: tuple[int, ...], trace: Trace = TRACE) -> tuple[str, tuple[int, ...]] | None:
    """Where the first source of a cell leads, by the encoder's own account: to its one cell, or the strongest."""
    story = explain(trace, path, index)
    for source in story.sources:
        if not source.is_parameter:
            at = source.index
            if source.values.numel() > 1:
                terms = story.terms if story.terms is not None else source.values
                largest = iter(np.unravel_index(int(terms.abs().argmax()), terms.shape))
                own = index[-1] if source.name == "masked_scores" else None
                at = tuple(
                    int(next(largest) if own is None else own) if isinstance(step, slice) else step for step in at
                )
            return source.path, tuple(at)  # type: ignore[arg-type]
    return None


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
    part(page, "trail").locator("button").first.click()
    pinned_number(page, *walked[0])


def test_pointing_lights_sources_and_what_is_fed_without_the_server(open_map: Open) -> None:
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))

    page = open_map(before=lambda page: page.on("websocket", listen))
    page.wait_for_timeout(500)
    before = len(sent)
    attention = "layers.0.attention"
    page.mouse.move(*place(page, f"{attention}.weights", 2, 4))
    value = TRACE[f"{attention}.weights"][0, 0, 2, 4].item()
    expect(part(page, "value")).to_have_attribute("data-cell", f"{attention}.weights@0,0,2,4")
    assert shown_number(page) == pytest.approx(value, rel=1e-6)
    score = TRACE[f"{attention}.masked_scores"][0, 0, 2, 4].item()
    expect(part(page, "arithmetic")).to_contain_text(f"exp({score:.4g}) / Σ_key".replace("-", "−"))
    lit = {
        kind: page.locator(f".marks .{kind}").evaluate_all("all => all.map(i => i.closest('.box').dataset.path)")
        for kind in ("cell", "source", "fed")
    }
    assert lit == {
        "cell": [f"{attention}.weights"],
        "source": [f"{attention}.masked_scores"],
        "fed": [f"{attention}.context", f"{attention}.context"],  # of this head, and among all heads
    }
    source = field(page, f"{attention}.masked_scores").locator(".source")
    assert source.evaluate("i => [i.style.top, i.style.width]") == [f"{100 * 2 / 7:.4f}%", "100%"]
    page.wait_for_timeout(300)
    assert len(sent) == before > 0


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


def test_names_in_the_text_light_their_box_and_boxes_their_names(open_map: Open) -> None:
    page = open_map("?cell=layers.0.attention_residual@0,3,5")
    pinned_number(page, "layers.0.attention_residual", (0, 3, 5))
    name = part(page, "equation").locator("u").last
    name.hover()
    output = "layers.0.attention.output"
    assert page.locator(".box.named").evaluate_all("all => all.map(box => box.dataset.path)") == [output]
    button = part(page, "sources").locator(f'[data-path="{output}"]')
    expect(button).to_have_class("lit")
    page.mouse.move(*place(page, output, 1, 1))
    expect(page.locator(".box.named")).to_have_count(0)
    expect(button).to_have_class("lit")


def test_a_link_opens_its_layer_head_and_cell(open_map: Open) -> None:
    page = open_map("?cell=layers.1.attention.context@0,2,3,4")
    pinned_number(page, "layers.1.attention.context", (0, 2, 3, 4))
    assert page.url.endswith("?layer=1&head=2&cell=layers.1.attention.context@0,2,3,4")


def test_a_box_opens_large_with_its_numbers(open_map: Open) -> None:
    page = open_map()
    page.locator('.box[data-path="embedding.sum"] .name').click()
    expect(part(page, "large")).to_be_visible()
    numbers = TRACE["embedding.sum"][0].double().numpy()
    expect(part(page, "facts")).to_contain_text(f"max {numbers.max():.4g}".replace("-", "−"))
    expect(part(page, "facts")).to_contain_text(f"std {numbers.std():.4g}")
    norm = np.linalg.norm(numbers[2])
    expect(part(page, "norms").locator("li").nth(2)).to_contain_text(f"{norm:.4g}")
    with page.expect_download() as download:
        part(page, "download").click()
    saved = np.loadtxt(download.value.path(), delimiter=",", dtype=np.float32)
    np.testing.assert_allclose(saved, TRACE["embedding.sum"][0].numpy(), rtol=1e-6)
    page.keyboard.press("Escape")
    expect(part(page, "large")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("example", ["plain", "pre"])
def test_every_wire_leads_from_a_box_to_the_box_that_is_made_from_it(example: str, width: int, open_map: Open) -> None:
    page = open_map(f"?example={example}", viewport={"width": width, "height": 900})
    lines = part(page, "wires").locator("path").evaluate_all("all => all.map(path => path.getAttribute('d'))")
    expected = wires(stages(EXAMPLES[example].trace(), 0, 0))
    assert len(lines) == len(expected) > 10
    tops = part(page, "flow").evaluate(
        """flow => [...flow.querySelectorAll(".box")].map((box) => {
            const [outer, inner] = [flow.getBoundingClientRect(), box.getBoundingClientRect()];
            return [inner.left - outer.left, inner.right - outer.left, inner.top - outer.top];
        })"""
    )
    hidden = 0
    for line, wire in zip(lines, expected, strict=True):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", line.partition("m")[0])]
        ends = (numbers[:2], tops[wire["from"]]), (numbers[-2:], tops[wire["to"]])
        for (x, y), (left, right, top) in ends:
            if abs(y - top) < 1:
                assert left < x < right
            else:
                hidden += 1
                assert x < width  # the box is scrolled out of sight, and the wire ends at the edge
        assert all(0 < number < width for number in re.findall(r"H([\d.]+)", line) for number in [float(number)])
    assert (hidden > 0) == (width == 390)
    skips = part(page, "wires").locator(".skip")
    expect(skips).to_have_count(2)
    assert float(skips.first.evaluate("path => getComputedStyle(path).strokeWidth").removesuffix("px")) > 1


def test_pointing_lights_the_wires_of_the_box(open_map: Open) -> None:
    page = open_map()
    page.mouse.move(*place(page, "layers.0.attention.query", 2, 3))
    expect(part(page, "wires").locator(".lit")).to_have_count(2)  # from the embedding, and to the dot products
    page.mouse.move(*place(page, "embedding.sum", 2, 3))
    expect(part(page, "wires").locator(".lit")).to_have_count(5)  # Q, K, V, the skip, and from the token's vector


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


def test_pre_norm_has_its_own_order(open_map: Open) -> None:
    page = open_map("?example=pre")
    drawn = page.locator(".box").evaluate_all("all => all.map(box => box.dataset.path)")
    expected = [box.path for stage in stages(EXAMPLES["pre"].trace(), 0, 0) for box in stage.boxes]
    assert drawn == expected
    assert drawn.index("layers.0.attention_norm.output") < drawn.index("layers.0.attention.query")


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


def test_hostile_words_are_shown_as_typed_on_a_phone(open_map: Open) -> None:
    page = open_map("?example=hostile&cell=embedding.sum@0,2,3", viewport={"width": 390, "height": 844})
    expect(page.locator(".stage .tokens").first.locator("bdi")).to_have_text(list(HOSTILE))
    expect(part(page, "what")).to_contain_text("token 2 “\u2068<script>alert(1)</script>\u2069”, dimension 3")
    assert page.locator(".encoder-map :is(script, a, img)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    stages_at = page.locator(".stage").evaluate_all("all => all.map(stage => stage.getBoundingClientRect().left)")
    assert len(set(stages_at)) == 1  # from top to bottom


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, open_map: Open) -> None:
    page = open_map("?example=hostile&cell=layers.0.attention.context@0,1,2,3", color_scheme=scheme)
    page.locator('.box[data-path="embedding.sum"] .name').click()
    expect(part(page, "large")).to_be_visible()
    found = Axe().run(page, context="[data-testid=stBidiComponentIsolated]").response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []


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
