"""The list of edits on the Knock out page: what is added stands in it, and what is impossible says why."""

import pytest
from streamlit.testing.v1 import AppTest

from encoder import RemoveEdge, ScaleHead, UniformHead
from encoder.weights.nested import NestedEncoder
from pages.frame.knock_out import OTHER_SENTENCE
from tests.pages.knock_out_on_screen import TOKENIZER, assert_page_shows, knock_out, lines
from tests.pages.visit import drawn_as_markdown, in_address, move

HOSTILE = '<b>the</b> <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'


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
    assert app.button(key="add_edit").disabled
    assert "This edit is in the list below." in drawn_as_markdown(app)
    assert "edited already" not in drawn_as_markdown(app)
    app.selectbox(key="edit_kind").set_value("Silence or scale a head").run()
    app.selectbox(key="edit_layer").set_value(1).run()
    assert app.number_input(key="edit_factor").value == 0.0
    assert app.button(key="add_edit").disabled
    assert "This place is edited already; remove that edit first." in drawn_as_markdown(app)  # by another factor


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
