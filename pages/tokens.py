"""Tokens: what does the encoder read in place of my words?"""

import streamlit as st

from encoder.analysis import embedding_norms, residual_sites
from encoder.analysis.similarity import cosine_similarities
from pages.charts.findings import lengths_finding, numbers_finding
from pages.charts.heatmap import heatmap
from pages.charts.norm_pair import norm_pair
from pages.charts.similarity import similarity, similarity_finding
from pages.frame.chart import choose_format, draw_chart
from pages.frame.choices import choose_one
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.redraw import redrawn
from pages.frame.token_table import token_table
from pages.frame.tokens_lessons import TOKENS_LESSONS
from pages.views.chart_care import look_after_charts

guard()

st.title("What does the encoder read in place of words?", anchor=False)
st.write(
    "A network computes with numbers only. "
    "So the sentence becomes a row of tokens, every token a number, and every number a vector."
)


def pieces() -> None:
    """List every token with what was typed, its id and its kind."""
    shown = current_pass()
    st.dataframe(token_table(shown.encoding, shown.settings.sentence), hide_index=True, height="content", key="pieces")
    st.caption("A piece that begins with ## continues the word before it. Capital letters become small ones first.")


def embeddings() -> None:
    """Draw the row of the table that stands for each token."""
    shown = current_pass()
    name, values = "token E[t]", shown.trace["embedding.token"][0].numpy()
    draw_chart(heatmap(values, shown.encoding.pieces, name=name), alt=numbers_finding(name, values), key="embeddings")


# Each section asks for the pass itself: a session keeps its fragments, and would keep a trace on the page with them.
@st.fragment
def likeness() -> None:
    """Draw how alike every two tokens are: in the table, with their positions, and behind the last layer."""
    shown = current_pass()
    tensors = {
        "E[t], the table's rows": "embedding.token",
        "x₀": "embedding.sum",
        "the encoder's output": residual_sites(shown.trace.config)[-1],
    }
    name = choose_one("Vectors to compare", list(tensors), "compare")
    cosines = cosine_similarities(shown.trace[tensors[name]][0]).numpy()
    finding = similarity_finding(cosines, shown.encoding.pieces, name)
    draw_chart(similarity(cosines, shown.encoding.pieces, name), alt=finding, key="similarity")


def lengths() -> None:
    """Draw how long each token's vector is beside what its position adds."""
    shown = current_pass()
    norms = embedding_norms(shown.trace)
    token, position = norms.token[0].numpy(), None if norms.position is None else norms.position.numpy()
    finding = lengths_finding(token, position)
    draw_chart(norm_pair(token, position, shown.encoding.pieces), alt=finding, key="lengths")
    st.caption(finding)


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    lesson = TOKENS_LESSONS[current_pass().settings.positions]
    st.write(lesson.opening)
    pieces()
    st.header("The vector of each token", anchor=False)
    embeddings()
    st.header("Which tokens are alike?", anchor=False)
    likeness()
    st.header("What does the position add?", anchor=False)
    lengths()
    draw_lesson(lesson)
    choose_format()
    look_after_charts()
