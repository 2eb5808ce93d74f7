"""An example opens on its point; whoever chooses or types something else is followed from there."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pages.frame.examples import EXAMPLES
from pages.frame.weights_source import SOURCES

pytestmark = pytest.mark.skipif("trained" not in SOURCES, reason="needs trained weights")
Visit = Callable[[str], Page]
LAYER, HEAD = EXAMPLES["Pronoun"].layer, EXAMPLES["Pronoun"].head


def shows(page: Page, layer: int, head: int, query: str) -> None:
    expect(page.locator("[data-part=mapTitle]")).to_have_text(f"layer {layer}, head {head}")
    expect(page.locator("[data-part=queryWord]").first).to_have_text(query)


def choose(page: Page, example: str) -> None:
    page.get_by_role("radio", name=example).click()


def test_each_example_opens_on_its_point_and_says_what_to_look_for(visit: Visit) -> None:
    page = visit("/")
    shows(page, LAYER, HEAD, "it")
    for name, query in (("Word order", "chases"), ("Long distance", "are"), ("Masked word", "[MASK]")):
        choose(page, name)
        shows(page, EXAMPLES[name].layer, EXAMPLES[name].head, query)
        expect(page.get_by_test_id("stMain").get_by_text(EXAMPLES[name].hint)).to_be_visible()
        expect(page).not_to_have_url(re.compile("layer=|head=|query="))


def test_with_random_weights_nobody_is_sent_to_look_for_meaning(visit: Visit) -> None:
    page = visit("/?weights=random")
    shows(page, 0, 0, "the")
    expect(page.get_by_text(EXAMPLES["Pronoun"].hint)).to_have_count(0)


def test_a_choice_stands_in_the_link_even_if_it_is_the_usual_one_and_a_new_visitor_sees_it(visit: Visit) -> None:
    page = visit("/")
    page.locator("[data-part=heads] [role=row]").nth(1).get_by_role("gridcell").nth(1).click()
    shows(page, 0, 0, "it")
    expect(page).to_have_url(re.compile("layer=0&head=0&query=8"))
    page.reload()
    shows(page, 0, 0, "it")
    choose(page, "Word order")
    shows(page, 1, 0, "chases")


def test_typing_goes_on_in_the_same_head_with_the_first_word_of_the_new_sentence(visit: Visit) -> None:
    page = visit("/")
    shows(page, LAYER, HEAD, "it")
    page.get_by_label("Sentence", exact=True).fill("Two men sit on a bench in the park.")
    shows(page, LAYER, HEAD, "two")
    expect(page).to_have_url(re.compile(f"layer={LAYER}&head={HEAD}$"))


def test_a_slider_does_not_move_the_view_away_from_the_example_s_point(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("slider", name="Heads").press("ArrowRight")
    expect(page.locator("[data-part=heads] [role=row]").nth(1).get_by_role("gridcell")).to_have_count(6)
    shows(page, LAYER, HEAD, "it")
    expect(page).to_have_url(re.compile(f"layer={LAYER}&head={HEAD}&query=8"))
    page.get_by_role("slider", name="Heads").press("ArrowLeft")
    expect(page).not_to_have_url(re.compile("layer=|head=|query="))


def test_the_map_opens_on_the_weight_that_was_seen_last(visit: Visit) -> None:
    page = visit("/")
    page.locator("[data-part=chips] button").nth(4).click()
    shows(page, LAYER, HEAD, "holding")
    key = page.locator("[data-part=columns] .seen").first.get_attribute("title")
    page.get_by_test_id("stMain").get_by_role("link", name="Where does each number come from?").click()
    words = page.locator("[data-part=what]")
    expect(words).to_have_text(
        re.compile(
            rf"layer {LAYER} weights: head {HEAD}, query 4 “\W?holding\W?”, key \d+ “\W?{re.escape(str(key))}\W?”"
        )
    )
    expect(page).to_have_url(re.compile(f"cell=layers.{LAYER}.attention.weights@0,{HEAD},4,"))
