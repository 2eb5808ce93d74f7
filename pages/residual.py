"""Residual stream: what does each sublayer add to a token's vector, and how large does the vector grow?"""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from encoder.analysis import residual_norms, sublayer_updates
from encoder.analysis.norm_steps import stream_norm_paths
from pages.charts.findings import extremes_finding, followed_finding, spheres_finding
from pages.charts.norm_lines import norm_lines
from pages.charts.site_heatmap import site_heatmap
from pages.frame.chart import choose_format, draw_chart
from pages.frame.downloads import offer_view
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.redraw import redrawn
from pages.frame.residual_lessons import RESIDUAL_LESSONS
from pages.frame.site_names import sites_in_words
from pages.frame.token_choice import choose_token
from pages.frame.view_contents import residual_contents
from pages.views.chart_care import look_after_charts
from pages.views.token_maps import residual_file

guard()

st.title("What does each sublayer add?", anchor=False)
st.write(
    "One vector per token runs through the whole encoder, the residual stream. "
    "Every sublayer reads it and adds to it; LayerNorm sets a vector’s mean and spread, then stretches and shifts it."
)


# Each section asks for the pass itself: a session keeps its fragments, and would keep a trace on the page with them.
@st.fragment
def length_of_the_stream() -> None:
    """Draw ‖x‖ of every token at every site, as lines and as a map."""
    shown = current_pass()
    tokens, measured = shown.encoding.pieces, residual_norms(shown.trace)
    norms, sites, groups = measured.norms[:, 0].T.numpy(), *sites_in_words(measured.sites)
    followed = choose_token("Follow a token", tokens, "follow", bind="query-params")
    lines = norm_lines(norms, tokens, sites, groups, followed=followed)
    draw_chart(lines, alt=followed_finding(norms, tokens, followed), key="lines")
    st.caption(spheres_finding(norms, ["norm" in site for site in measured.sites], shown.settings.d_model))
    rescale = st.toggle("Rescale the colours, from the shortest to the longest", key="rescale", bind="query-params")
    draw_map(norms, measured.sites, "‖x‖", "sequential", rescale)
    offer_view("Residual stream", shown, residual_file, residual_contents)


def updates() -> None:
    """Draw how large each sublayer's update is, and how it stands to the stream that it is added to."""
    measured = sublayer_updates(current_pass().trace)
    left, right = st.columns(2)
    with left:
        st.write("**Size of the update, ‖u‖**")
        draw_map(measured.size[:, 0].T.numpy(), measured.updates, "‖u‖", "sequential")
    with right:
        st.write("**Its cosine with the stream**")
        draw_map(measured.cosine[:, 0].T.numpy(), measured.updates, "cosine", "diverging")
    st.caption(
        "Cosine 1: the update only lengthens the token's vector. 0: it stands at a right angle. Below 0: it points "
        "against the vector. The new length follows exactly: ‖x + u‖² = ‖x‖² + ‖u‖² + 2·‖x‖·‖u‖·cosine."
    )


def layer_norms() -> None:
    """Draw the mean and the spread that every LayerNorm has found in each token's vector."""
    trace = current_pass().trace
    left, right = st.columns(2)
    for column, name, kind in ((left, "mean", "diverging"), (right, "std", "sequential")):
        paths = [f"{norm}.{name}" for norm in stream_norm_paths(trace)]
        with column:
            st.write(f"**LayerNorm's {name}**")
            draw_map(np.stack([trace[path][0].numpy() for path in paths], axis=1), paths, name, kind)
    st.caption(
        "Each LayerNorm takes the mean of the vector in front of it away and divides by its std, token by token."
    )


def draw_map(values: np.ndarray, paths: Sequence[str], name: str, kind: str, rescale: bool = False) -> None:
    """Draw one number per token and site."""
    tokens, (sites, groups) = current_pass().encoding.pieces, sites_in_words(paths)
    figure = site_heatmap(values, tokens, sites, groups, name=name, kind=kind, rescale=rescale)
    draw_chart(figure, alt=extremes_finding(name, values, tokens, sites), key=f"map_{name}")


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    lesson = RESIDUAL_LESSONS[current_pass().settings.norm]
    st.write(lesson.opening)
    st.header("How long is each token's vector?", anchor=False)
    length_of_the_stream()
    st.header("Each update: how large, and which way?", anchor=False)
    updates()
    st.header("What does each LayerNorm find?", anchor=False)
    layer_norms()
    draw_lesson(lesson)
    choose_format()
    look_after_charts()
