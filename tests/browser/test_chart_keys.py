"""The numbers of a Plotly chart can be read, and a cell chosen, without a mouse."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, WaitForIdle


def focus_on_chart(page: Page, place: int) -> None:
    """Give the focus to the camera of one chart, as the Tab key does."""
    page.locator(".js-plotly-plot").nth(place).locator(".modebar-btn").focus()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(200)  # a chart says a moment later what it is pointed at


def test_arrow_keys_read_every_cell_of_a_chart_aloud(open_address: OpenPage, wait_for_idle: WaitForIdle) -> None:
    page = open_address("/position?weights=random&d_model=32&sentence=two+dogs+run")
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    wait_for_idle(page)
    focus_on_chart(page, 0)
    camera = page.locator(".js-plotly-plot").first.locator(".modebar-btn")
    expect(camera).to_have_attribute("aria-label", re.compile("The arrow keys read the chart"))
    press(page, "ArrowRight")
    said = page.get_by_role("status").filter(has_text="dimension")
    expect(said).to_have_text("token 0 · [CLS], dimension 0, position P = 0.0000")
    press(page, "ArrowLeft", "ArrowUp")  # beyond the edge there is nothing
    expect(said).to_have_text("token 0 · [CLS], dimension 0, position P = 0.0000")
    press(page, "ArrowRight", "ArrowRight", "ArrowDown")
    expect(said).to_have_text("token 1 · two, dimension 2, position P = 0.5332")  # sin(10000^(−2/32))
    press(page, "Escape")
    expect(page.get_by_role("status").filter(has_text="dimension")).to_have_count(0)


def test_places_without_a_number_are_passed_over(open_address: OpenPage, wait_for_idle: WaitForIdle) -> None:
    page = open_address("/predict?layers=2&heads=3&d_model=32&sentence=two+dogs+run")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    wait_for_idle(page)
    focus_on_chart(page, 1)
    said = page.get_by_role("status").filter(has_text="accuracy")
    press(page, "ArrowRight")
    expect(said).to_contain_text("1 layer, 1 head, d_model 16")
    press(page, *["ArrowDown"] * 8)
    expect(said).to_contain_text("3 layers, 1 head, d_model 16")


def test_enter_chooses_the_cell(open_address: OpenPage, wait_for_idle: WaitForIdle) -> None:
    page = open_address("/knock_out?layers=2&heads=3&d_model=32&sentence=three+birds+fly")
    page.get_by_role("button", name="Silence each head in turn").press("Enter")
    silence = page.get_by_role("button", name=re.compile("^Silence layer"))
    expect(silence).to_be_visible()
    wait_for_idle(page)
    for keys, name in (
        (["ArrowRight", "ArrowRight", "ArrowDown"], "layer 1, head 1"),
        (["ArrowLeft"], "layer 1, head 0"),
    ):
        focus_on_chart(page, 0)
        press(page, *keys, "Enter")
        expect(silence).to_have_text(re.compile(f"Silence {name}$"))
        wait_for_idle(page)
