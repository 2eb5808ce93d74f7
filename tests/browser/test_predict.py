"""The Predict page with the shipped weights, in a real browser."""

import re
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Page, expect

from encoder import load
from encoder.analysis import WordPrediction
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import NestedEncoder
from pages.frame.weights_source import NESTED_FOLDER
from pages.views.word_tables import percent
from tests.browser.conftest import OpenPage, WaitForIdle
from tests.browser.whole_screen import PHONE, assert_axe_finds_nothing, assert_nothing_lies_beside_the_phone

SENTENCE = "Two dogs run through the snow."
TOKENIZER = Tokenizer.load()
NESTED = NestedEncoder(load(NESTED_FOLDER / "encoder.safetensors").eval())


def likeliest(place: int, layers: int, heads: int, d_model: int) -> tuple[str, str]:
    """The encoder's own first choice where one token is hidden, and its probability."""
    ids = torch.tensor([TOKENIZER.encode(SENTENCE).ids])
    ids[0, place] = TOKENIZER.mask_id
    with torch.no_grad():
        prediction = NESTED.at(layers, heads, d_model)(ids).prediction
    assert prediction is not None
    [(word, probability)] = WordPrediction(prediction.logits[0, place]).top(1)
    return TOKENIZER.piece(word), percent(probability)


def first_row(page: Page) -> str:
    return page.locator(".word-tables tr").nth(1).inner_text()


def test_a_click_hides_a_token_and_every_size_has_its_own_opinion(
    visit: Callable[[str], Page], wait_for_idle: WaitForIdle
) -> None:
    page = visit("/predict?layers=2&heads=3&d_model=48&sentence=" + SENTENCE.replace(" ", "+"))
    hidden = page.get_by_role("radiogroup", name="Hide a token").or_(page.get_by_role("group", name="Hide a token"))
    hidden.get_by_text("6 · snow").click()
    expect(page).to_have_url(re.compile("mask=6"))
    expect(page.locator(".word-tables").first).to_contain_text(" ".join(likeliest(6, 2, 3, 48)[:1]))
    wait_for_idle(page)
    assert all(text in first_row(page) for text in likeliest(6, 2, 3, 48))

    page.get_by_role("group", name="d_model", exact=True).get_by_role("slider").press("End")
    expect(page.locator(".word-tables tr").nth(1)).to_contain_text(likeliest(6, 2, 3, 128)[1])
    assert all(text in first_row(page) for text in likeliest(6, 2, 3, 128))


def test_the_hidden_place_goes_along_to_other_pages_and_sentences_and_the_link_always_names_it(
    visit: Callable[[str], Page], wait_for_idle: WaitForIdle
) -> None:
    page = visit("/predict?mask=5+%C2%B7+the&sentence=" + SENTENCE.replace(" ", "+"))
    hidden = page.get_by_test_id("stCode").first
    turn = page.get_by_test_id("stSidebar").get_by_role("link", name="Knock out")
    expect(hidden).to_have_text("[CLS] two dogs run through [MASK] snow . [SEP]")
    page.get_by_label("Sentence", exact=True).fill("A cat")
    expect(hidden).to_have_text("[CLS] [MASK] cat [SEP]")
    expect(page).to_have_url(re.compile(r"mask=1\+%C2%B7\+a&"))
    page.get_by_label("Sentence", exact=True).fill("Two men run on the street.")
    expect(hidden).to_have_text("[CLS] two men run on [MASK] street . [SEP]")
    turn.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What breaks when a part is missing?")
    expect(hidden).to_have_text("[CLS] two men run on [MASK] street . [SEP]")
    wait_for_idle(page)
    expect(page).to_have_url(re.compile(r"knock_out\?.*mask=5\+%C2%B7\+the"))
    expect(page.get_by_role("radio", name="5 · the")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_predict_fits_a_phone_and_axe_finds_nothing(
    scheme: str, open_address: OpenPage, wait_for_idle: WaitForIdle
) -> None:
    page = open_address("/predict", color_scheme=scheme, **PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Which word would stand here?")
    wait_for_idle(page)
    assert_nothing_lies_beside_the_phone(page)
    assert_axe_finds_nothing(page)
