"""Views saved as files: opened from the disk, without a network, each shows the encoder's own numbers."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from encoder import Encoder, EncoderConfig, Trace
from encoder.analysis import residual_norms
from encoder.tokenizer import Tokenizer
from tests.browser.app_server import AppServer
from tests.browser.attention_on_screen import chip, headline, part, thumbnail
from tests.browser.map_on_screen import place as place_on_map

SENTENCE = 'two <img src=x onerror="alert(1)"> </script> dogs'
ENCODING = Tokenizer.load().encode(SENTENCE)
BUTTON = "Save as a page that needs no network"


@pytest.fixture(scope="module")
def trace() -> Trace:
    """The same pass, without the app."""
    config = EncoderConfig(Tokenizer.load().vocab_size, d_model=32, n_heads=4, n_layers=2)
    with torch.inference_mode():
        trace: Trace = Encoder(config)(torch.tensor([ENCODING.ids]))
    return trace


@pytest.fixture
def saved(
    new_page: Callable[..., Page], app_server: AppServer, wait_for_idle: Callable[[Page], None], tmp_path: Path
) -> Callable[..., Page]:
    """Save a page's view by its button and open the file in a browser that has no network: `saved("map")`."""

    def go(name: str, query: str = "", choose: Callable[[Page], object] = lambda page: None, **options: object) -> Page:
        page = new_page()
        page.goto(f"{app_server.url}/{name}?weights=random&layers=2&d_model=32&sentence={quote(SENTENCE)}{query}")
        wait_for_idle(page)
        choose(page)
        with page.expect_download() as download:
            page.get_by_role("button", name=BUTTON).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        alone = new_page(offline=True, **options)
        asked: list[str] = []
        alone.on("request", lambda request: asked.append(request.url))
        alone.on("dialog", lambda dialog: asked.append(f"a dialog: {dialog.message}"))
        alone.goto(file.as_uri())
        expect(alone.locator("[data-painted][data-digest]")).to_be_attached()
        expect(alone.get_by_role("heading", level=1)).to_contain_text(SENTENCE)
        assert alone.locator("img, iframe, link").count() == 0
        assert asked == [file.as_uri()]
        return alone

    return go


def colours_of(canvas: Locator) -> int:
    """How many colours a canvas shows."""
    return int(
        canvas.evaluate(
            """canvas => new Set(new Uint32Array(canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_attention_view_opens_from_the_disk(scheme: str, saved: Callable[..., Page], trace: Trace) -> None:
    page = saved("attention", "&layer=1&head=2", color_scheme=scheme)
    expect(page.locator("[data-part=rows] bdi")).to_have_text(list(ENCODING.pieces))
    expect(page.locator("[data-part=mapTitle]")).to_have_text("layer 1, head 2")
    field = page.locator("[data-part=field]")
    assert colours_of(field) > 10
    box, n_tokens = field.bounding_box(), len(ENCODING.ids)
    assert box is not None
    page.mouse.move(box["x"] + 4.5 * box["width"] / n_tokens, box["y"] + 2.5 * box["height"] / n_tokens)
    weight = trace["layers.1.attention.weights"][0, 2, 2, 4].item()
    expect(page.locator("[data-part=alpha]")).to_have_text(f"{weight:#.5g}")
    page.mouse.down()
    page.mouse.up()  # a file's address cannot be written, and a click keeps the cell all the same
    page.mouse.move(0, 0)
    expect(page.locator("[data-part=alpha]")).to_have_text(f"{weight:#.5g}")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 23)"}[scheme]


def test_the_map_opens_from_the_disk_with_the_pinned_cell(saved: Callable[..., Page], trace: Trace) -> None:
    pinned = "layers.1.attention.output"
    page = saved("map", f"&cell={pinned}@0,2,3")
    value = page.locator("[data-part=value]")
    expect(value).to_have_attribute("data-pinned", f"{pinned}@0,2,3")
    assert float(str(value.get_attribute("title"))) == pytest.approx(trace[pinned][0, 2, 3].item(), rel=1e-5)
    expect(page.locator(".stage .tokens").first.locator("bdi")).to_have_text(list(ENCODING.pieces))
    box = page.locator('.box[data-path="layers.1.feed_forward.activation"] .field')
    assert colours_of(box.locator("canvas")) > 10
    box.hover()
    expect(value).to_have_attribute("data-cell", re.compile("^layers.1.feed_forward.activation@"))
    index = tuple(int(at) for at in str(value.get_attribute("data-cell")).partition("@")[2].split(","))
    recorded = trace["layers.1.feed_forward.activation"][index].item()
    assert float(str(value.get_attribute("title"))) == pytest.approx(recorded, rel=1e-5)
    assert page.locator("[data-part=wires] path").count() > 10


def test_the_attention_view_is_saved_as_it_is_when_it_is_saved(saved: Callable[..., Page], trace: Trace) -> None:
    def choose(page: Page) -> None:
        for head in (1, 2):  # saved once before, and then something else is chosen
            thumbnail(page, 1, head).click()
            chip(page, 3 + head).click()
            if head == 1:
                with page.expect_download():
                    page.get_by_role("button", name=BUTTON).click()
        part(page, "map").focus()
        for key in ("Home", "ArrowRight", "ArrowRight", "Enter"):
            part(page, "map").press(key)
        part(page, "mass").press("End")
        page.get_by_label("rescale").check()

    page = saved("attention", choose=choose)
    weight = f"{100 * trace['layers.1.attention.weights'][0, 2, 5, 2].item():#.3g} %"
    words = f"layer 1, head 2: query {ENCODING.pieces[5]} looks at key {ENCODING.pieces[2]}: {weight}"
    expect(headline(page)).to_have_text(words)
    expect(page.get_by_label("rescale")).to_be_checked()
    expect(part(page, "arcs").locator("path")).to_have_count(len(ENCODING.ids))
    assert (part(page, "mass").input_value(), part(page, "massText").inner_text()) == ("100", "100 %")


def test_the_map_is_saved_as_it_is_when_it_is_saved_and_names_no_key_that_does_nothing(
    saved: Callable[..., Page], trace: Trace
) -> None:
    pinned = "layers.0.attention.output"
    hint = "Backspace walks back"

    def choose(page: Page) -> None:
        expect(page.get_by_text(hint)).to_be_visible()
        page.mouse.click(*place_on_map(page, pinned, 2, 3))

    page = saved("map", choose=choose)
    value = part(page, "value")
    expect(value).to_have_attribute("data-pinned", f"{pinned}@0,2,3")
    assert float(str(value.get_attribute("title"))) == pytest.approx(trace[pinned][0, 2, 3].item(), rel=1e-5)
    assert page.get_by_text("Arrow keys move the cell").inner_text().endswith("Enter pins, Escape comes forward again.")
    expect(page.get_by_text(hint)).to_be_hidden()


@pytest.mark.parametrize(("name", "place"), [("position", (2, 3)), ("residual", (2, 4))])
def test_the_small_maps_open_from_the_disk(
    name: str, place: tuple[int, int], saved: Callable[..., Page], trace: Trace
) -> None:
    page = saved(name)
    numbers = trace["embedding.position"] if name == "position" else residual_norms(trace).norms[:, 0].T
    field = page.locator("[data-part=field]")
    assert colours_of(field.locator("canvas")) > 10
    box, (n_rows, n_columns) = field.bounding_box(), numbers.shape
    assert box is not None
    row, column = place
    page.mouse.move(
        box["x"] + (column + 0.5) * box["width"] / n_columns, box["y"] + (row + 0.5) * box["height"] / n_rows
    )
    shown = f"{numbers[place].item():#.5g}".replace("-", "−")
    expect(page.locator("[data-part=words]")).to_contain_text(f"token {ENCODING.pieces[row]} (position {row})")
    expect(page.locator("[data-part=words]")).to_contain_text(f"= {shown}")


def test_a_saved_view_follows_light_and_dark(saved: Callable[..., Page]) -> None:
    page = saved("residual", color_scheme="light")
    background = "getComputedStyle(document.querySelector('.token-map')).backgroundColor"
    painted = int(str(page.locator(".token-map").get_attribute("data-painted")))
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".token-map")).to_have_attribute("data-painted", str(painted + 1))
    assert page.evaluate(background) == "rgb(14, 17, 23)"
