"""Knock out: what changes in an encoder, and in what it predicts, when a part of it is missing?"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.charts.choosable import choosable
from pages.charts.effect_map import effect_map, effects_finding
from pages.charts.limits import number
from pages.charts.tensor_map import tensor_finding, tensor_map
from pages.frame.chart import choose_cell, choose_format, draw_chart
from pages.frame.choices import choose_one
from pages.frame.downstream import choose_head, choose_tokens, choose_view, downstream_of
from pages.frame.edit_controls import edit_panel, offer_to_silence
from pages.frame.forward_pass import ForwardPass, current_pass
from pages.frame.guard import guard
from pages.frame.head_maps import CAPTION_HEADS, SENTENCE_HEADS, HeadMap, maps_of_captions, maps_of_sentence
from pages.frame.hidden_place import choose_hidden
from pages.frame.hidden_token import top_words
from pages.frame.kept_payloads import kept_payload
from pages.frame.knock_out import current_knock_out
from pages.frame.knock_out_lesson import KNOCK_OUT_LESSON, RELATIVE_CHANGE, said_of_attention
from pages.frame.lesson import draw_lesson
from pages.frame.measuring import keep_looking
from pages.frame.predict_lesson import no_predictions
from pages.frame.redraw import redrawn
from pages.frame.tensor_slice import axis_labels
from pages.frame.view_contents import attention_contents
from pages.views.attention import attention_payload, attention_view
from pages.views.belief import belief_view
from pages.views.chart_care import look_after_charts

guard()

st.title("What breaks when a part is missing?", anchor=False)
st.write("Silence a head, drop a network, remove an edge, or put in what another sentence computed, and compare.")


# Each section asks for the passes itself: a session keeps its fragments, and would keep traces on the page with them.
@st.fragment
def downstream() -> None:
    """Draw by how much every tensor of every layer has changed, over all tokens or at one of them."""
    now = current_knock_out()
    if not now.edits:
        st.caption("Add an edit, and a map shows here how far it reaches.")
        return
    changes = downstream_of(now, choose_tokens(now.before.encoding))
    table = changes.values, changes.sites, changes.layers
    figure = effect_map(*table, columns_name="layer", name="relative change", edited=changes.edited)
    draw_chart(figure, alt=effects_finding(*table, "layer"), key="downstream")
    changed = ", ".join(f"`{path}` {number(change)}" for path, change in changes.outside.items() if change)
    st.caption(f"{RELATIVE_CHANGE} Outside the layers: {changed or 'everything is exactly unchanged'}.")


def predictions() -> None:
    """Draw what is predicted where a token is hidden, before and after."""
    now = current_knock_out()
    if now.before.trace.prediction is None:
        st.container(border=True).write(no_predictions())
        return
    place = choose_hidden(now.before.encoding)
    readings = now.hidden(place)
    st.code(" ".join(next(iter(readings.values())).pieces), language=None, wrap_lines=True)
    for column, (when, hidden) in zip(st.columns(2), readings.items(), strict=False):
        with column:
            belief_view(when, top_words(hidden.belief, 8), number(hidden.belief.entropy), hidden.fate_of_true_word)


def attention() -> None:
    """Draw where each token looks: after, before, or by how much one head has changed."""
    now = current_knock_out()
    view = choose_view() if now.edits else "Before"
    if view != "Difference":
        shown = now.before if view == "Before" else now.after
        attention_view(kept_payload(shown, attention_payload, attention_contents))
        if view == "After" and (note := said_of_attention(now)):
            st.caption(note)
        return
    tokens, axes = now.before.encoding.pieces, ("query", "key")
    layer, head = choose_head(now)
    change = now.change(f"layers.{layer}.attention.weights")[head]
    labels = axis_labels("query", len(tokens), tokens), axis_labels("key", len(tokens), tokens)
    name = f"change of the weight in layer {layer}, head {head}"
    draw_chart(tensor_map(change, axes, labels, name), alt=tensor_finding(change, axes, name), key="difference")


def head_maps(measured: Callable[[ForwardPass], list[HeadMap]], key: str) -> None:
    """Draw one of the measured maps [layer, head], if there are any, and offer to silence the head that is chosen."""
    maps = measured(current_pass())
    if not maps:
        return
    names = [each.name for each in maps]
    shown = maps[names.index(choose_one("Effect on", names, f"effect_on_{key}"))]
    table = shown.values, shown.layers, shown.heads
    figure = effect_map(*table, columns_name="head", name=shown.name, is_signed=shown.is_signed, figures=True)
    chosen = choose_cell(choosable(figure), alt=effects_finding(*table, "head"), key=key)
    st.caption(f"{shown.meaning} Click a head to choose it.")
    offer_to_silence(*(chosen or shown.strongest), key=key)


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    st.write(KNOCK_OUT_LESSON.opening)
    st.header("What is edited?", anchor=False)
    edit_panel()
    st.header("What changes behind it?", anchor=False)
    downstream()
    st.header("What is predicted now?", anchor=False)
    predictions()
    st.header("Where does each token look now?", anchor=False)
    st.fragment(attention)()
    st.header("What is each head worth?", anchor=False)
    keep_looking(partial(head_maps, maps_of_sentence, SENTENCE_HEADS), SENTENCE_HEADS)
    keep_looking(partial(head_maps, maps_of_captions, CAPTION_HEADS), CAPTION_HEADS)
    draw_lesson(KNOCK_OUT_LESSON)
    choose_format()
    look_after_charts()
