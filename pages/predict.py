"""Predict: which word does the encoder expect where one is hidden, and what do layers, heads and sizes do for it?"""

from dataclasses import astuple
from math import exp

import streamlit as st

from encoder.weights.nested import Shape
from pages.charts.depth_line import depth_finding, depth_line
from pages.charts.limits import number
from pages.charts.size_map import size_map, sizes_finding
from pages.frame.chart import choose_format, draw_chart
from pages.frame.forward_pass import current_pass, tokenizer
from pages.frame.guard import guard
from pages.frame.hidden_place import choose_hidden
from pages.frame.hidden_token import HiddenToken, hide, top_words
from pages.frame.lesson import draw_lesson
from pages.frame.predict_lesson import PREDICT_LESSON, no_predictions
from pages.frame.redraw import redrawn
from pages.frame.trained_figures import (
    accuracy_table,
    by_size,
    head_table,
    jobs_in_words,
    lone_table,
    sharing_in_words,
    thresholds_in_words,
)
from pages.frame.weights_source import NESTED_FOLDER
from pages.views.chart_care import look_after_charts
from pages.views.word_tables import depth_table, job_table, percent, word_table

guard()

st.title("Which word would stand here?", anchor=False)
st.write(
    "Hide a token, and the encoder has to tell from the others what stands there. "
    "Every word of its vocabulary gets a probability."
)


def prediction(hidden: HiddenToken) -> None:
    """Draw the likeliest words, and how the true one fares."""
    belief, true_word = hidden.belief, hidden.true_word
    left, right = st.columns(2)
    with left:
        word_table(top_words(belief, 10), None if true_word is None else tokenizer().piece(true_word))
    with right:
        if true_word is None:
            st.write("Nobody knows the true word here: you typed [MASK], or a word that the vocabulary does not have.")
        else:
            st.metric("Rank of the true word", f"{belief.rank(true_word):,} of {len(belief.logits):,}", border=True)
            st.metric("Probability of the true word", percent(belief.probability(true_word)), border=True)
        st.metric("Entropy", f"{number(belief.entropy)} nats", border=True)
        st.caption(f"As undecided as between {number(exp(belief.entropy))} words that are all equally likely.")


def depths(hidden: HiddenToken) -> None:
    """Draw what each depth believes, and one word's probability along the depths."""
    word = hidden.belief.top(1)[0][0] if hidden.true_word is None else hidden.true_word
    text = tokenizer().piece(word)
    depth_table([top_words(belief, 5) for belief in hidden.beliefs], None if hidden.true_word is None else text)
    probabilities = [belief.probability(word) for belief in hidden.beliefs]
    draw_chart(depth_line(probabilities, text), alt=depth_finding(probabilities, text), key="depths")
    st.caption(
        f"The line is {'the true word' if hidden.true_word is not None else 'the word that is likeliest in the end'}. "
        "After every layer, the same prediction head reads the same place of the residual stream; each depth was "
        "trained to be read. The last row is the prediction above."
    )


def sizes(shape: Shape) -> None:
    """Draw the accuracy of every shape, with a frame around the one in use."""
    table = accuracy_table(NESTED_FOLDER)
    if table is None:
        return
    st.header("What does each size buy?", anchor=False)
    finding = sizes_finding(*by_size(table), astuple(shape))
    draw_chart(size_map(*by_size(table), here=astuple(shape)), alt=finding, key="sizes")
    st.caption(
        f"{finding} Accuracy: how often the first choice is the hidden piece, at {table.n_places:,} places of "
        f"captions that were not trained on ({table.text})."
    )
    if (lone := lone_table(NESTED_FOLDER)) is not None:
        st.caption(sharing_in_words(table, lone))


def jobs(shape: Shape) -> None:
    """Draw what each head does, if it was measured for this shape."""
    table = head_table(NESTED_FOLDER)
    if table is None:
        return
    st.header("Which heads do what?", anchor=False)
    if shape not in table.figures:
        offered = ", ".join(f"{measured}" for measured in table.figures)
        st.write(f"Measured for these shapes (layers·heads·d_model): {offered}. Move the controls there to see it.")
        return
    job_table(jobs_in_words(table, shape))
    st.caption(f"Measured over {table.n_captions:,} captions ({table.text}). A head has a job from a threshold on:")
    st.caption(thresholds_in_words(table, shape))


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    shown = current_pass()
    if shown.trace.prediction is None:
        st.container(border=True).write(no_predictions())
        return
    st.write(PREDICT_LESSON.opening)
    hidden_token = hide(shown, choose_hidden(shown.encoding))
    st.code(" ".join(hidden_token.pieces), language=None, wrap_lines=True)
    prediction(hidden_token)
    st.header("What does each depth believe?", anchor=False)
    depths(hidden_token)
    sizes(shown.settings.shape)
    jobs(shown.settings.shape)
    draw_lesson(PREDICT_LESSON)
    choose_format()
    look_after_charts()
