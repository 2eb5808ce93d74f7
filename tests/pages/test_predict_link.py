"""The choice of the hidden token: its labels, and the link that names it."""

import re

import pytest

from encoder.weights.nested import NestedEncoder
from tests.pages.charts_on_screen import chart
from tests.pages.predict_on_screen import (
    SENTENCE,
    SMALL,
    TOKENIZER,
    assert_page_is_right,
    predict_by_link,
)
from tests.pages.visit import drawn_as_markdown, in_address, visit

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'


def test_hostile_words_are_labels_and_nothing_else(trained: NestedEncoder) -> None:
    app = visit("predict", sentence=HOSTILE, **SMALL)
    n_tokens = len(TOKENIZER.encode(HOSTILE).ids)
    labels = app.pills(key="mask").options
    assert len(set(labels)) == n_tokens - 2
    assert all(re.fullmatch(r"\d+ · (\w|\\.|##\w)+", label) for label in labels), labels
    for place in range(1, n_tokens - 1):
        app.pills(key="mask").set_value(place).run()
        assert not app.exception
        title = chart(app, "depths")["layout"]["yaxis"]["title"]["text"]
        assert "<" not in title
        assert "#" not in title.replace("&#", "")
    assert "<b>" not in drawn_as_markdown(app)


def test_a_link_says_which_token_is_hidden(trained: NestedEncoder) -> None:
    app = predict_by_link(mask="7 · is", sentence=SENTENCE, **SMALL)
    assert app.code[0].value == "[CLS] a man in a red hat [MASK] riding a horse . [SEP]"
    assert_page_is_right(app, trained, place=7)


def test_a_link_names_a_place_and_the_word_there_may_have_changed(trained: NestedEncoder) -> None:
    app = predict_by_link(mask="7 · dog", sentence=SENTENCE, **SMALL)
    assert_page_is_right(app, trained, place=7)
    assert in_address(app, "mask") == "7 · is"


def test_what_is_hidden_before_anybody_chose_is_marked_as_chosen(trained: NestedEncoder) -> None:
    app = predict_by_link(sentence=SENTENCE, **SMALL)
    assert_page_is_right(app, trained, place=6)
    assert app.pills(key="mask").value == 6


def test_a_place_that_a_shorter_sentence_lacks_comes_back_with_the_longer_one(trained: NestedEncoder) -> None:
    app = predict_by_link(mask="9 · a", sentence=SENTENCE, **SMALL)
    for place in (9, 8):
        app.pills(key="mask").set_value(place).run()
        assert_page_is_right(app, trained, place)
        app.text_input(key="sentence").set_value("two dogs").run()
        assert_page_is_right(app, trained, place=1)
        assert app.pills(key="mask").value == 1
        app.text_input(key="sentence").set_value(SENTENCE).run()
        assert_page_is_right(app, trained, place)
        assert app.pills(key="mask").value == place


def test_a_mask_that_is_typed_asks_for_its_own_place_whatever_was_chosen_before(trained: NestedEncoder) -> None:
    app = predict_by_link(mask="9 · a", sentence=SENTENCE, **SMALL)
    app.text_input(key="sentence").set_value("Two dogs run over a [MASK] field.").run()
    assert app.pills(key="mask").value == 6
    app.pills(key="mask").set_value(2).run()
    app.text_input(key="sentence").set_value("Two dogs run over a [MASK] street.").run()
    assert app.pills(key="mask").value == 2  # the same [MASK], and a choice that was made beside it


def test_an_example_hides_what_it_hides_first_whatever_was_chosen_before(trained: NestedEncoder) -> None:
    app = predict_by_link(mask="9 · a", sentence=SENTENCE, **SMALL)
    app.pills(key="example").set_value("Masked word").run()
    assert app.pills(key="mask").value == 6
    assert app.code[0].value == "[CLS] a man in a red [MASK] is riding a horse . [SEP]"


@pytest.mark.parametrize("mask", ["99 · is", "0 · [CLS]", "<script>", "", "-1", "٧ · is"])
def test_a_link_to_a_token_that_is_not_there_hides_the_middle_one(trained: NestedEncoder, mask: str) -> None:
    assert_page_is_right(predict_by_link(mask=mask, sentence=SENTENCE, **SMALL), trained, place=6)
