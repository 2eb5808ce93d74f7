"""The Knock out page: every change on it is that of two passes of the encoder."""

import numpy as np
import pytest
import torch

from encoder import RemoveEdge, Replace, ScaleFeedForward, ScaleHead, UniformHead
from encoder.analysis import relative_changes
from encoder.weights.nested import NestedEncoder
from pages.frame.predict_lesson import CHOOSE_TRAINED, NO_HEAD
from tests.pages.charts_on_screen import chart, numbers
from tests.pages.knock_out_on_screen import (
    SENTENCE,
    TOKENIZER,
    assert_page_shows,
    knock_out,
    lines,
    map_on_screen,
    read,
)
from tests.pages.visit import attention_on_screen, drawn_as_markdown, in_address, turn_to

EDITS = {
    "head.1.2*0": ScaleHead(1, 2, 0.0),
    "head.0.1*-2.5": ScaleHead(0, 1, -2.5),
    "uniform.0.2": UniformHead(0, 2),
    "ffn.1*0": ScaleFeedForward(1, 0.0),
    "edge.0.2.3-0": RemoveEdge(0, 2, 3, 0),
    "cut.1.0.6-5": RemoveEdge(1, 0, 6, 5, renormalize=False),
}


@pytest.mark.parametrize("word", EDITS)
def test_a_link_with_an_edit_shows_what_the_encoder_makes_of_it(trained: NestedEncoder, word: str) -> None:
    app = knock_out(edits=word, mask="6 · hat")
    assert_page_shows(app, trained, EDITS[word])
    assert len(lines(app)) == 1
    assert "Left out" not in lines(app)[0]


def test_several_edits_are_made_in_their_order_and_each_can_be_removed(trained: NestedEncoder) -> None:
    app = knock_out(edits=" ".join(EDITS), mask="6 · hat")
    assert_page_shows(app, trained, *EDITS.values())
    app.button(key="remove_1").click().run()
    assert_page_shows(app, trained, *[edit for word, edit in EDITS.items() if word != "head.0.1*-2.5"])
    assert in_address(app, "edits") == " ".join(word for word in EDITS if word != "head.0.1*-2.5")
    app.button(key="remove_all").click().run()
    assert_page_shows(app, trained)
    assert not lines(app)
    assert "edits" not in app.query_params


def test_without_edits_the_encoder_is_shown_as_it_is_and_nothing_is_compared(trained: NestedEncoder) -> None:
    app = knock_out(mask="6 · hat")
    assert_page_shows(app, trained)
    assert not {"measured_over", "attention_of"} & {widget.key for widget in (*app.selectbox, *app.segmented_control)}


def test_an_edit_that_changes_nothing_leaves_everything_exactly_unchanged(trained: NestedEncoder) -> None:
    app = knock_out(edits="head.1.2*1", mask="6 · hat")
    assert_page_shows(app, trained, ScaleHead(1, 2, 1.0))
    assert not map_on_screen(app).any()
    assert "everything is exactly unchanged" in drawn_as_markdown(app)


def test_what_comes_before_an_edit_is_marked_as_unchanged_and_its_site_as_edited(trained: NestedEncoder) -> None:
    app = knock_out(edits="head.1.2*0")
    marks, sites = np.array(chart(app, "downstream")["data"][0]["text"]), chart(app, "downstream")["layout"]["yaxis"]
    context = sites["ticktext"].index("attention.context")
    assert set(marks[:, 0]) == set(marks[:context, 1]) == {"="}
    assert marks[context, 1] == "✎"
    assert "=" not in marks[context:, 1]


def test_the_map_can_be_measured_over_one_token(trained: NestedEncoder) -> None:
    app = knock_out(edits="edge.0.2.3-0")
    app.selectbox(key="measured_over").set_value(5).run()
    changes = relative_changes(read(app, trained), read(app, trained, EDITS["edge.0.2.3-0"]))
    np.testing.assert_array_equal(map_on_screen(app), changes.layer_token_changes[..., 0, 5].T.float())
    assert not map_on_screen(app)[:, 0].any()  # another token's edge in layer 0
    assert map_on_screen(app)[:, 1].any()


def test_what_changes_outside_the_layers_is_measured_over_the_same_token(trained: NestedEncoder) -> None:
    app = knock_out(edits="patch.3-5.embedding.sum", other="Two big dogs run over a green field today.")
    assert "`embedding.norm.output` " in drawn_as_markdown(app)
    app.selectbox(key="measured_over").set_value(2).run()
    assert "`embedding.norm.output` " not in drawn_as_markdown(app)
    app.selectbox(key="measured_over").set_value(3).run()
    assert "`embedding.norm.output` " in drawn_as_markdown(app)


@pytest.mark.parametrize(("word", "token"), [("patch.layers.0.attention.value", None), ("patch.3-5.embedding.sum", 3)])
def test_a_patch_puts_in_what_the_other_sentence_computed(trained: NestedEncoder, word: str, token: int | None) -> None:
    other = "Two big dogs run over a green field today."
    app = knock_out(edits=word, other=other, mask="6 · hat")
    assert len(TOKENIZER.encode(other).ids) == len(TOKENIZER.encode(SENTENCE).ids)
    path = word.removeprefix("patch.").removeprefix("3-5.")
    with torch.inference_mode():
        source = trained.at(2, 3, 32)(torch.tensor([TOKENIZER.encode(other).ids]))[path].clone()
    if token is not None:
        patched = read(app, trained)[path].clone()
        patched[0, token] = source[0, 5]
        source = patched
        np.testing.assert_array_equal(
            map_on_screen(app),
            relative_changes(read(app, trained), read(app, trained, Replace(path, source)))
            .layer_changes[..., 0]
            .T.float(),
        )
    else:
        assert_page_shows(app, trained, Replace(path, source))
    assert in_address(app, "other") == other


def test_before_after_and_difference_are_those_of_the_two_passes(trained: NestedEncoder) -> None:
    app = knock_out(edits="uniform.0.2")
    before, after = read(app, trained), read(app, trained, UniformHead(0, 2))
    app.segmented_control(key="attention_of").set_value("Before").run()
    weights = attention_on_screen(app)[1]["weights"]
    np.testing.assert_array_equal(weights, np.stack([layer.attention.weights[0] for layer in before.layers]))
    app.segmented_control(key="attention_of").set_value("Difference").run()
    for layer in (0, 1):  # at first the head that is edited
        path = f"layers.{layer}.attention.weights"
        shown = numbers(chart(app, "difference")["data"][0]["z"])
        np.testing.assert_array_equal(shown, (after[path] - before[path])[0, 2])
        app.selectbox(key="difference_layer").set_value(1).run()
        assert not app.exception


def test_a_silenced_head_looks_where_it_looked_and_the_page_says_so(trained: NestedEncoder) -> None:
    app = knock_out(edits="head.0.2*0 head.1.1*0.5")
    assert "Silenced or scaled: layer 0, head 2; layer 1, head 1." in drawn_as_markdown(app)
    app.segmented_control(key="attention_of").set_value("Before").run()
    assert "Silenced or scaled" not in drawn_as_markdown(app)
    assert "Silenced or scaled" not in drawn_as_markdown(knock_out(edits="ffn.0*0"))


def test_what_was_chosen_is_there_again_when_the_page_comes_back(trained: NestedEncoder) -> None:
    app = knock_out(edits="uniform.0.2")
    app.selectbox(key="measured_over").set_value(3).run()
    app.segmented_control(key="attention_of").set_value("Difference").run()
    app.selectbox(key="difference_layer").set_value(1).run()
    app.selectbox(key="edit_kind").set_value("Remove an edge of attention").run()
    chosen = {"edit_layer": 1, "edit_head": 2, "edit_query": 4}
    for key, value in chosen.items():
        app.selectbox(key=key).set_value(value).run()
    app.toggle(key="edit_renormalize").set_value(False).run()
    turn_to(turn_to(app, "tokens"), "knock_out")
    chosen |= {"measured_over": 3, "difference_layer": 1, "edit_kind": "Remove an edge of attention"}
    assert {key: app.selectbox(key=key).value for key in chosen} == chosen
    assert app.segmented_control(key="attention_of").value == "Difference"
    assert not app.toggle(key="edit_renormalize").value


def test_a_link_says_nothing_of_what_it_would_not_keep_up_to_date(trained: NestedEncoder) -> None:
    said = {"measured_over": "3", "edit_layer": "1", "edit_query": "4", "edit_kind": "Remove an edge of attention"}
    app = knock_out(edits="uniform.0.2", **said)
    assert app.selectbox(key="measured_over").value == -1
    assert app.selectbox(key="edit_kind").value == "Silence or scale a head"
    app.selectbox(key="edit_kind").set_value("Remove an edge of attention").run()
    assert {key: app.selectbox(key=key).value for key in ("edit_layer", "edit_query")} == {
        "edit_layer": 0,
        "edit_query": 1,
    }


@pytest.mark.usefixtures("trained")
def test_random_weights_can_be_edited_but_predict_nothing() -> None:
    app = knock_out(weights="random", norm="pre", edits="head.1.2*0", layers="12", heads="16")
    assert f"{NO_HEAD} {CHOOSE_TRAINED}" in drawn_as_markdown(app)
    assert lines(app) == ["Layer 1, head 2: silenced."]
    assert map_on_screen(app).shape[1] == 12
    assert "`final_norm.output`" in drawn_as_markdown(app)


def test_one_visitor_never_sees_what_another_has_edited(trained: NestedEncoder) -> None:
    edited, plain = knock_out(edits="head.1.2*0", mask="6 · hat"), knock_out(mask="6 · hat")
    assert_page_shows(edited, trained, ScaleHead(1, 2, 0.0))
    assert_page_shows(plain, trained)
    assert not lines(plain)
