"""The encoder map in a real browser: boxes, wires and what lights up, on wide and narrow screens, and axe."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, WebSocket, expect

from pages.frame.encoder_boxes import stages
from pages.views.map_wires import wires
from tests.browser.apps.small_traces import EXAMPLES, HOSTILE
from tests.browser.map_on_screen import TRACE, field, part, pinned_number, place, shown_number

Open = Callable[..., Page]


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


def test_the_rows_of_a_large_box_stand_beside_their_tokens_and_all_norms_are_in_sight(open_map: Open) -> None:
    page = open_map()
    page.locator('.box[data-path="layers.0.attention.key"] .name').click()
    top = "element => element.getBoundingClientRect().top"
    expect(part(page, "large")).to_be_visible()
    assert part(page, "largeTokens").evaluate(top) == part(page, "largeField").evaluate(top)
    norms = part(page, "norms")
    assert norms.evaluate("list => list.scrollHeight <= list.clientHeight")
    expect(norms.locator("li")).to_have_count(len(TRACE.token_ids[0]))


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


@pytest.mark.parametrize("font", ["", "DejaVu Sans"])
def test_names_and_formulas_of_the_boxes_fit_in_narrow_and_wide_fonts(font: str, open_map: Open) -> None:
    page = open_map()
    page.locator(".encoder-map").evaluate("(map, font) => { if (font) map.style.fontFamily = font; }", font)
    names = page.locator(".box .name")
    assert names.count() > 20
    cut_off = names.evaluate_all(
        """all => all.filter((name) => {
            const [outer, ...inner] = [name, ...name.children].map((element) => element.getBoundingClientRect());
            return inner.some((text) => text.top < outer.top || text.left < outer.left || text.right > outer.right);
        }).map((name) => name.textContent)"""
    )
    assert cut_off == []


def test_pointing_lights_the_wires_of_the_box(open_map: Open) -> None:
    page = open_map()
    page.mouse.move(*place(page, "layers.0.attention.query", 2, 3))
    expect(part(page, "wires").locator(".lit")).to_have_count(2)  # from the embedding, and to the dot products
    page.mouse.move(*place(page, "embedding.sum", 2, 3))
    expect(part(page, "wires").locator(".lit")).to_have_count(5)  # Q, K, V, the skip, and from the token's vector


def test_pre_norm_has_its_own_order(open_map: Open) -> None:
    page = open_map("?example=pre")
    drawn = page.locator(".box").evaluate_all("all => all.map(box => box.dataset.path)")
    expected = [box.path for stage in stages(EXAMPLES["pre"].trace(), 0, 0) for box in stage.boxes]
    assert drawn == expected
    assert drawn.index("layers.0.attention_norm.output") < drawn.index("layers.0.attention.query")


def test_a_row_that_goes_on_to_the_right_fades_out_there_until_its_end(open_map: Open) -> None:
    page = open_map(viewport={"width": 1000, "height": 900})
    rows = page.locator(".boxes")
    is_cut = rows.evaluate_all("rows => rows.map((row) => row.scrollWidth > row.clientWidth)")
    fades = "rows => rows.map((row) => getComputedStyle(row).maskSize === '100% 100%')"
    assert set(is_cut) == {True, False}
    assert rows.evaluate_all(fades) == is_cut

    rows.evaluate_all("rows => rows.forEach((row) => row.scrollTo(1e6, 0))")
    page.wait_for_timeout(200)
    assert not any(rows.evaluate_all(fades))


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
