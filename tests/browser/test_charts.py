"""The charts of the Position and Residual stream pages in a real browser, where Plotly could read words as markup."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, WaitForIdle
from tests.browser.whole_screen import HOSTILE, PHONE, assert_axe_finds_nothing, assert_nothing_lies_beside_the_phone
from tests.palettes import DARK, LIGHT

PAGES = {"Position": 5, "Residual stream": 6}  # the page's name in the menu, and how many charts it has
MORE_PAGES = {"Tokens": 3, "Feed-forward": 6, "Tensors": 1}


@pytest.fixture
def open_page(open_address: OpenPage, wait_for_idle: WaitForIdle) -> OpenPage:
    """Open the app and turn to a page with charts: `open_page("Position", sentence="two dogs")`."""

    def go(name: str, sentence: str = "two dogs run", **options: object) -> Page:
        page = open_address(f"/?weights=random&d_model=32&sentence={quote(sentence)}", **options)
        link = page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True)
        link.dispatch_event("click")  # on a phone the menu is folded away
        expect(page.locator(".js-plotly-plot")).to_have_count({**PAGES, **MORE_PAGES}[name])
        wait_for_idle(page)
        return page

    return go


def point_at(page: Page, chart: Locator, across: float, down: float) -> None:
    """Move the mouse to a place in a chart, given as shares of its width and height."""
    chart.scroll_into_view_if_needed()
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    for step in (2, 0):  # Plotly looks where the mouse is only when it moves
        page.mouse.move(box["x"] + across * box["width"] + step, box["y"] + down * box["height"])
        page.wait_for_timeout(200)


@pytest.mark.parametrize("name", PAGES)
def test_hostile_words_are_drawn_as_typed(name: str, open_page: OpenPage) -> None:
    page = open_page(name, HOSTILE)
    plots = page.locator(".js-plotly-plot")
    assert plots.locator("a").count() == 0
    assert plots.locator("tspan[style*=bold]").count() == 0
    labels = plots.first.locator(".ytick text") if name == "Position" else plots.nth(1).locator(".ytick text")
    words = [label.partition(" · ")[2] for label in labels.all_text_contents()]
    assert words.count("the") == 3
    assert {"<", ">", "$", "#"} <= set(words)


def test_pointing_at_the_heatmap_names_token_dimension_and_number(open_page: OpenPage) -> None:
    page = open_page("Position")
    chart = page.locator(".js-plotly-plot").first
    point_at(page, chart, across=2.5 / 32, down=1.5 / 5)
    expect(chart.locator(".hoverlayer")).to_contain_text("token 1 · two")
    expect(chart.locator(".hoverlayer")).to_contain_text("dimension 2")
    expect(chart.locator(".hoverlayer")).to_contain_text("position P = 0.5332")  # sin(10000^(−2/32))


def test_pointing_at_the_stream_names_token_site_and_number(open_page: OpenPage) -> None:
    page = open_page("Residual stream")
    chart = page.locator(".js-plotly-plot").nth(1)
    point_at(page, chart, across=2.5 / 13, down=2.5 / 5)
    expect(chart.locator(".hoverlayer")).to_contain_text("token 2 · dogs")
    expect(chart.locator(".hoverlayer")).to_contain_text("layer 0, after attention's LayerNorm")
    expect(chart.locator(".hoverlayer")).to_contain_text("‖x‖ = 5.65")  # √32, up to ε


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_everything_without_scrolling_sideways(name: str, open_page: OpenPage) -> None:
    page = open_page(name, **PHONE)
    assert_nothing_lies_beside_the_phone(page)


@pytest.mark.parametrize("name", PAGES)
def test_charts_follow_a_switch_from_light_to_dark_and_axe_finds_nothing_in_either(
    name: str, open_page: OpenPage, wait_for_idle: WaitForIdle
) -> None:
    page = open_page(name, color_scheme="light")
    label = page.locator(".js-plotly-plot .ytick text").first
    for scheme, palette in (("light", LIGHT), ("dark", DARK)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        red, green, blue = (int(palette["emphasis"][place : place + 2], 16) for place in (1, 3, 5))
        expect(label).to_have_css("fill", f"rgb({red}, {green}, {blue})")
        wait_for_idle(page)
        assert_axe_finds_nothing(page)


def save(page: Page, chart: Locator) -> Path:
    """Press the camera of a chart."""
    chart.scroll_into_view_if_needed()
    chart.hover()
    with page.expect_download() as download:
        chart.locator(".modebar-btn").click()
    return Path(download.value.path())


@pytest.mark.parametrize(("scheme", "background"), [("light", LIGHT.background), ("dark", DARK.background)])
def test_a_chart_is_saved_as_png_and_as_svg(
    scheme: str, background: str, open_page: OpenPage, wait_for_idle: WaitForIdle
) -> None:
    page = open_page("Position", color_scheme=scheme)
    chart = page.locator(".js-plotly-plot").first
    box = chart.bounding_box()
    assert box is not None
    picture = save(page, chart).read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[start : start + 4], "big") for start in (16, 20))
    assert (width, height) == pytest.approx((2 * box["width"], 2 * box["height"]), abs=2)

    page.get_by_role("radio", name="SVG").click()
    expect(chart.locator(".modebar-btn")).to_have_attribute("data-title", "Download plot")
    wait_for_idle(page)
    drawing = ElementTree.parse(save(page, chart)).getroot()
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert drawing.get("viewBox") == f"0 0 {box['width']:g} {box['height']:g}"
    labels = [text for element in drawing.iter("{http://www.w3.org/2000/svg}text") for text in element.itertext()]
    assert {"1 · two", "2 · dogs", "3 · run"} <= set(labels)
    red, green, blue = (int(background[start : start + 2], 16) for start in (1, 3, 5))
    paper = next(drawing.iter("{http://www.w3.org/2000/svg}rect"))
    assert f"fill: rgb({red}, {green}, {blue})" in str(paper.get("style"))


AMONG_THE_NUMBERS = """
chart => {
  const box = (element) => element.getBoundingClientRect();
  const numbers = [...chart.querySelectorAll(".xtick text")].map((number) => box(number).bottom);
  const names = [...chart.querySelectorAll(".xtitle, .infolayer .annotation text")];
  const below = names.filter((name) => box(name).top > box(chart.querySelector(".nsewdrag")).bottom - 5);
  return below.filter((name) => box(name).top < Math.max(...numbers) - 1).map((name) => name.textContent);
}
"""


@pytest.mark.parametrize("name", [*PAGES, *MORE_PAGES])
def test_what_the_columns_are_called_stands_below_their_numbers(name: str, open_page: OpenPage) -> None:
    page = open_page(name)
    charts = page.locator(".js-plotly-plot")
    expect(charts.first.locator(".ytick text").first).to_be_visible()
    wrong = [chart.evaluate(AMONG_THE_NUMBERS) for chart in charts.all()]
    assert wrong == [[]] * len(wrong)


@pytest.mark.parametrize("name", [*PAGES, *MORE_PAGES])
def test_every_chart_has_its_camera_and_the_page_its_choice(name: str, open_page: OpenPage) -> None:
    page = open_page(name)
    charts = page.locator(".js-plotly-plot")
    expect(page.locator(".js-plotly-plot .modebar-btn")).to_have_count(charts.count())
    expect(page.get_by_role("radiogroup", name=re.compile("^The camera in the corner"))).to_be_visible()


def test_the_camera_is_reached_by_keyboard_and_seen_then(open_page: OpenPage) -> None:
    page = open_page("Position")
    camera = page.locator(".js-plotly-plot .modebar-btn").first
    camera.focus()
    bar = page.locator(".js-plotly-plot .modebar").first
    expect(bar).to_have_css("opacity", "1")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "numbers.png"
