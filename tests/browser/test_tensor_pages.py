"""Tokens, Feed-forward, Tensors and From scratch in a real browser: on a phone, for axe, and with their downloads."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import ROOT
from tests.browser.conftest import OpenPage, WaitForIdle
from tests.browser.whole_screen import HOSTILE, PHONE, assert_axe_finds_nothing, assert_nothing_lies_beside_the_phone

TITLES = {
    "tokens": "What does the encoder read in place of words?",
    "feed_forward": "What happens to each token alone?",
    "tensors": "Which numbers has the encoder computed?",
    "from_scratch": "Which lines of code make these numbers?",
}
CHARTS = {"tokens": 3, "feed_forward": 6, "tensors": 1, "from_scratch": 0}


@pytest.fixture
def open_page(open_address: OpenPage, wait_for_idle: WaitForIdle) -> OpenPage:
    """Open one of the pages by a link: `open_page("tokens", sentence="two dogs")`."""

    def go(name: str, sentence: str = "two dogs run", **options: object) -> Page:
        page = open_address(f"/{name}?weights=random&layers=2&d_model=32&sentence={quote(sentence)}", **options)
        expect(page.get_by_role("heading", name=TITLES[name])).to_be_visible()
        expect(page.get_by_role("heading", name="Predict, then check")).to_be_visible()
        expect(page.locator(".js-plotly-plot")).to_have_count(CHARTS[name])
        wait_for_idle(page)
        return page

    return go


@pytest.mark.parametrize("name", TITLES)
def test_a_phone_shows_everything_without_scrolling_sideways(name: str, open_page: OpenPage) -> None:
    page = open_page(name, **PHONE)
    assert_nothing_lies_beside_the_phone(page)


@pytest.mark.parametrize("name", TITLES)
def test_hostile_words_are_drawn_as_typed_and_axe_finds_nothing(name: str, open_page: OpenPage) -> None:
    page = open_page(name, HOSTILE)
    assert page.locator(".js-plotly-plot a").count() == 0
    assert page.get_by_test_id("stMain").locator("a[href*='example.com']").count() == 0
    assert_axe_finds_nothing(page)


def test_a_downloaded_tensor_is_read_by_numpy_and_a_downloaded_bundle_runs_again(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page("tensors", HOSTILE)
    files = {}
    for label in ("This tensor as NPY", "Bundle to run again"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        files[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[label])
    weights = np.load(files["This tensor as NPY"], allow_pickle=False)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    command = [sys.executable, "-m", "encoder.replay", str(files["Bundle to run again"])]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.stdout.startswith("SAME: all ")
    assert found.stdout.endswith("bit for bit, with the same versions.\n")
