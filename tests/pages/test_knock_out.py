"""The Knock out page: every change on it is that of two passes of the encoder, and no link can break it."""

import re
import time

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from encoder import Edit, Edits, RemoveEdge, Replace, ScaleFeedForward, ScaleHead, Trace, UniformHead
from encoder.analysis import Targets, WordPrediction, head_effects, relative_changes
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import NestedEncoder
from pages.frame.knock_out import OTHER_SENTENCE
from pages.frame.measurement import measurements
from pages.frame.predict_lesson import CHOOSE_TRAINED, NO_HEAD
from pages.views.word_tables import percent
from tests.pages.charts_on_screen import chart, numbers
from tests.pages.visit import APP, attention_on_screen, drawn_as_markdown, in_address, move, settings_on_screen

TOKENIZER = Tokenizer.load()
SENTENCE = "A man in a red hat is riding a horse."
SMALL = {"layers": "2", "heads": "3", "d_model": "32", "sentence": SENTENCE}
HOSTILE = '<b>the</b> <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'


def knock_out(**parameters: str) -> AppTest:
    """Open the page as a browser opens a link to it: the first run is the page's own."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page("pages/knock_out.py")
    for name, value in {**SMALL, **parameters}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def read(app: AppTest, nested: NestedEncoder, *edits: Edit, hidden: int | None = None) -> Trace:
    """The sentence on the screen with these edits, read straight with the encoder."""
    settings = settings_on_screen(app)
    ids = torch.tensor([TOKENIZER.encode(settings.sentence).ids])
    if hidden is not None:
        ids[0, hidden] = TOKENIZER.mask_id
    with torch.inference_mode():
        return nested.at(settings.layers, settings.heads, settings.d_model)(ids, edit=Edits(edits))


def lines(app: AppTest) -> list[str]:
    """The list of edits as it stands on the page."""
    return [text.value for text in app.text]


def map_on_screen(app: AppTest) -> np.ndarray:
    return numbers(chart(app, "downstream")["data"][0]["z"])


def assert_page_shows(app: AppTest, nested: NestedEncoder, *edits: Edit) -> None:
    """Compare the map, the predictions and the attention after the edits with the encoder's."""
    assert not app.exception
    before, after = read(app, nested), read(app, nested, *edits)
    changes = relative_changes(before, after)
    np.testing.assert_array_equal(map_on_screen(app), changes.layer_changes[..., 0].T.float())
    marks = np.array(chart(app, "downstream")["data"][0]["text"])
    assert ((marks == "=") == (map_on_screen(app) == 0))[marks != "✎"].all()
    place = TOKENIZER.encode(settings_on_screen(app).sentence).ids.index(TOKENIZER.encode("hat").ids[1])
    likeliest = [table for element in app.get("html") for table in re.findall("<caption>.*", element.proto.body)]
    for table, when, made in zip(likeliest, ("Before", "After"), ((), edits), strict=True):
        assert table.startswith(f"<caption>{when}: the likeliest words")
        trace = read(app, nested, *made, hidden=place)
        assert trace.prediction is not None
        expected = [
            (TOKENIZER.piece(word), percent(probability))
            for word, probability in WordPrediction(trace.prediction.logits[0, place]).top(8)
        ]
        assert re.findall(r'<bdi>(.*?)</bdi>.*?<td class="number">(.*?)</td>', table) == expected
    weights = attention_on_screen(app)[1]["weights"]
    np.testing.assert_array_equal(weights, np.stack([layer.attention.weights[0] for layer in after.layers]))


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


def test_without_edits_everything_is_exactly_unchanged(trained: NestedEncoder) -> None:
    app = knock_out(mask="6 · hat")
    assert_page_shows(app, trained)
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


def add(app: AppTest, kind: str, **choices: object) -> AppTest:
    """Add an edit with the controls."""
    app.selectbox(key="edit_kind").set_value(kind).run()
    for name, value in choices.items():
        kinds = {"edit_factor": app.number_input, "edit_renormalize": app.toggle}
        kinds.get(name, app.selectbox)(key=name).set_value(value).run()
    app.button(key="add_edit").click().run()
    assert not app.exception
    return app


def test_the_controls_add_every_kind_of_edit(trained: NestedEncoder) -> None:
    app = knock_out()
    add(app, "Silence or scale a head", edit_layer=1, edit_head=2, edit_factor=0.5)
    add(app, "Make a head look at all tokens alike", edit_layer=0, edit_head=1)
    add(app, "Drop or scale a feed-forward network", edit_layer=1, edit_factor=0.0)
    add(app, "Remove an edge of attention", edit_layer=0, edit_head=2, edit_query=4, edit_key=0)
    add(app, "Remove an edge of attention", edit_query=5, edit_renormalize=False)
    add(app, "Patch from another sentence", edit_path="layers.1.feed_forward.output", edit_token=0, edit_other_token=2)
    assert in_address(app, "edits") == (
        "head.1.2*0.5 uniform.0.1 ffn.1*0 edge.0.2.4-0 cut.0.2.5-0 patch.0-2.layers.1.feed_forward.output"
    )
    assert lines(app) == [
        "Layer 1, head 2: times 0.5.",
        "Layer 0, head 1: every token looks at all tokens alike.",
        "Layer 1, feed-forward network: dropped.",
        "Layer 0, head 2: “4 · a” no longer looks at “0 · [CLS]”; its other weights are renormalized.",
        "Layer 0, head 2: “5 · red” no longer looks at “0 · [CLS]”; its other weights stay as they are.",
        "layers.1.feed_forward.output: “0 · [CLS]” gets what “2 · girl” has in the other sentence.",
    ]
    assert app.button(key="add_edit").disabled  # this place is edited already


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("nonsense", "“nonsense”. This is no edit"),
        ("head.2.0*0", "There is no layer 2; this encoder has layers 0 to 1."),
        ("head.0.3*0", "There is no head 3; each layer has heads 0 to 2."),
        ("head.0.0*nan", "A head cannot be scaled by nan"),
        ("head.0.0*1e999", "A head cannot be scaled by inf"),
        ("ffn.0*-1e9", "A feed-forward network cannot be scaled by -1000000000.0"),
        ("edge.0.0.13-0", "There is no query 13; this sentence has the tokens 0 to 12"),
        ("patch.layers.0.attention.valeu", "the nearest one is 'layers.0.attention.value'"),
        ("patch.0-99.embedding.sum", "There is no token 99; the other sentence has the tokens 0 to 12."),
        ("uniform.1.2 uniform.1.2", "An edit before it is about the same place"),
        ("edge.0.0.2-0 " * 20, "At most 16 edits are read."),
    ],
)
def test_an_impossible_edit_is_left_out_and_says_why(trained: NestedEncoder, word: str, problem: str) -> None:
    app = knock_out(edits=f"head.1.2*0 {word}".strip(), mask="6 · hat")
    assert len(TOKENIZER.encode(OTHER_SENTENCE).ids) == 13
    left_out = [line for line in lines(app) if line.startswith("Left out")]
    assert problem in left_out[-1]
    made = [ScaleHead(1, 2, 0.0)]
    made += [UniformHead(1, 2)] if "uniform" in word else [RemoveEdge(0, 0, 2, 0)] if "20" in word else []
    if not word.startswith("edge.0.0.2-0"):
        assert_page_shows(app, trained, *made)
    assert in_address(app, "edits").split() == f"head.1.2*0 {word}".split()


def test_an_edit_of_a_head_that_is_gone_comes_back_with_the_head(trained: NestedEncoder) -> None:
    app = knock_out(edits="head.1.2*0", mask="6 · hat")
    move(app, "heads", 2)
    assert lines(app)[0].startswith("Left out: Layer 1, head 2: silenced. There is no head 2")
    assert_page_shows(app, trained)
    move(app, "heads", 3)
    assert lines(app) == ["Layer 1, head 2: silenced."]
    assert_page_shows(app, trained, ScaleHead(1, 2, 0.0))


def test_an_edge_of_a_token_that_a_shorter_sentence_does_not_have_is_left_out(trained: NestedEncoder) -> None:
    app = knock_out(edits="edge.0.2.9-0 head.0.0*0", mask="6 · hat")
    move(app, "sentence", "Red hat.")
    assert lines(app)[0].startswith("Left out: Layer 0, head 2: token 9 no longer looks at “0 · [CLS]”")
    assert lines(app)[1] == "Layer 0, head 0: silenced."
    assert_page_shows(app, trained, ScaleHead(0, 0, 0.0))


def test_a_row_whose_every_weight_would_go_loses_its_last_edge_to_an_explanation(trained: NestedEncoder) -> None:
    app = knock_out(sentence="Dogs", edits="edge.0.0.1-0 edge.0.0.1-1 edge.0.0.1-2")
    assert [line.startswith("Left out") for line in lines(app)] == [False, False, True]
    assert "looks at nothing but key 2" in lines(app)[2]


def test_a_whole_tensor_of_a_longer_sentence_is_left_out_and_one_token_of_it_is_not(trained: NestedEncoder) -> None:
    app = knock_out(edits="patch.embedding.sum patch.2-4.embedding.sum", other="Two dogs are running.", mask="6 · hat")
    assert "The other sentence has 7 tokens and this one has 13" in lines(app)[0]
    assert lines(app)[1] == "embedding.sum: “2 · man” gets what “4 · running” has in the other sentence."


def test_an_empty_other_sentence_leaves_patches_out(trained: NestedEncoder) -> None:
    app = knock_out(edits="patch.1-1.embedding.sum", other="")
    assert "There is no other sentence to take this from." in lines(app)[0]


def test_hostile_words_are_never_read_as_markup(trained: NestedEncoder) -> None:
    edits = "<b>x</b> ![a](b) :red[c] edge.0.0.1-2 patch.1-1.embedding.sum"
    app = knock_out(sentence=HOSTILE, other=HOSTILE, edits=edits)
    assert "Left out: “<b>x</b>”. This is no edit; see how edits are written." in lines(app)
    drawn = drawn_as_markdown(app)
    assert not [word for word in ("<b>", "![a]", ":red[c]", "https") if word in drawn]


def test_before_after_and_difference_are_those_of_the_two_passes(trained: NestedEncoder) -> None:
    app = knock_out(edits="uniform.0.2")
    before, after = read(app, trained), read(app, trained, UniformHead(0, 2))
    app.segmented_control(key="attention_of").set_value("Before").run()
    weights = attention_on_screen(app)[1]["weights"]
    np.testing.assert_array_equal(weights, np.stack([layer.attention.weights[0] for layer in before.layers]))
    app.segmented_control(key="attention_of").set_value("Difference").run()
    app.selectbox(key="difference_layer").set_value(1).run()
    app.selectbox(key="difference_head").set_value(2).run()
    assert not app.exception
    path = "layers.1.attention.weights"
    shown = numbers(chart(app, "difference")["data"][0]["z"])
    np.testing.assert_array_equal(shown, (after[path] - before[path])[0, 2])


def measured(app: AppTest, key: str) -> AppTest:
    """Start a measurement and look until its chart is there."""
    app.button(key=f"start_{key}").click().run()
    deadline = time.monotonic() + 60
    while any(button.key == f"stop_{key}" for button in app.button):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()
    assert not app.exception
    return app


def test_every_head_of_the_sentence_is_measured_when_asked_for(trained: NestedEncoder) -> None:
    app = measured(knock_out(mask="6 · hat"), "sentence_heads")
    ids = torch.tensor([TOKENIZER.encode(SENTENCE).ids])
    targets = Targets(torch.tensor([6]), ids[0, [6]])
    ids[0, 6] = TOKENIZER.mask_id
    expected = head_effects(trained.at(2, 3, 32), ids, targets=targets)
    assert expected.targets is not None
    changes = expected.targets.log_probability_changes[..., 0]
    np.testing.assert_array_equal(numbers(chart(app, "sentence_heads")["data"][0]["z"]), changes.float())
    app.segmented_control(key="effect_on_sentence_heads").set_value("output").run()
    shown = numbers(chart(app, "sentence_heads")["data"][0]["z"])
    np.testing.assert_array_equal(shown, expected.output_changes[..., 0].float())

    app.button(key="silence_sentence_heads").click().run()
    layer, head = divmod(int(expected.output_changes.argmax()), 3)
    assert in_address(app, "edits") == f"head.{layer}.{head}*0"


def test_the_shipped_figures_stand_where_they_were_measured(trained: NestedEncoder) -> None:
    app = knock_out()
    shown = numbers(chart(app, "caption_heads")["data"][0]["z"])
    np.testing.assert_array_equal(shown, np.float32([[0, 0, 0], [-0.75, 0, 0]]))
    assert "(dev.txt)" in drawn_as_markdown(app)


def test_another_shape_is_measured_over_sentences_that_the_visitor_gives(trained: NestedEncoder) -> None:
    app = knock_out(layers="1")
    app.text_area(key="own_captions").set_value("\n".join(["Two dogs run over a field.", "", "A man sits."] * 6)).run()
    measured(app, "caption_heads")
    assert numbers(chart(app, "caption_heads")["data"][0]["z"]).shape == (1, 3)
    assert "12 captions" in drawn_as_markdown(
        app.segmented_control(key="effect_on_caption_heads").set_value("output").run()
    )


@pytest.mark.usefixtures("trained")
def test_a_measurement_can_be_stopped_and_taken_up_again() -> None:
    app = knock_out(layers="1")
    app.text_area(key="own_captions").set_value("\n".join(["Three cats sleep on a bed.", "A dog barks."])).run()
    with measurements()._turn:  # no step can be made meanwhile
        app.button(key="start_caption_heads").click().run()
        app.button(key="stop_caption_heads").click().run()
        assert not [button for button in app.button if button.key == "stop_caption_heads"]
    measured(app, "caption_heads")
    assert numbers(chart(app, "caption_heads")["data"][0]["z"]).shape == (1, 3)


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
