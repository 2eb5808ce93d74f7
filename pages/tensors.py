"""Tensors: which numbers has the encoder computed, all of them, and how can I take them with me?"""

import streamlit as st
from torch import Tensor

from encoder import describe
from pages.charts.tensor_map import tensor_finding, tensor_map
from pages.frame.chart import choose_format, draw_chart
from pages.frame.choices import choose_listed, choose_place
from pages.frame.downloads import offer_tensor, offer_trace
from pages.frame.forward_pass import ForwardPass, current_pass
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.redraw import redrawn
from pages.frame.summary_table import matching, pass_summary, summary_table
from pages.frame.tensor_slice import axis_labels, first_axes, tensor_slice
from pages.frame.tensors_lesson import TENSORS_LESSON
from pages.views.chart_care import look_after_charts

guard()

st.title("Which numbers has the encoder computed?", anchor=False)
st.write(
    "All of them, for your sentence, in the order of computation. "
    "Open any tensor as a map, or take it with you as a file."
)

FIRST_OPENED = "layers.0.attention.weights"
FIGURE = st.column_config.NumberColumn(format="%.4g")
COLUMNS = {
    **dict.fromkeys(("mean", "std", "min", "max", "norm"), FIGURE),
    "histogram": st.column_config.BarChartColumn("histogram, min to max"),
}


# The section asks for the pass itself: a session keeps its fragments, and would keep a trace on the page with them.
@st.fragment
def all_tensors() -> None:
    """List the tensors whose names match the search, and open one of them."""
    shown = current_pass()
    search = st.text_input("Filter by name", key="search", placeholder="for example: layers.0 attention", max_chars=80)
    summaries = matching(pass_summary(shown.settings, shown.encoding.ids), search)
    if not summaries:
        st.info("No tensor has such a name. Type less of it, such as “norm”, or nothing at all.")
        return
    st.dataframe(summary_table(summaries), column_config=COLUMNS, hide_index=True, key="tensors")
    paths = [summary.path for summary in summaries]
    path = choose_listed("Open a tensor", paths, "tensor", FIRST_OPENED)
    open_tensor(shown, path, current_pass().trace[path])  # what is drawn keeps this tensor, and not its whole trace


def open_tensor(shown: ForwardPass, path: str, tensor: Tensor) -> None:
    """Draw two axes of one tensor, at a place of all its other axes."""
    meaning, tokens = describe(path), shown.encoding.pieces
    labels = {axis: axis_labels(axis, size, tokens) for axis, size in zip(meaning.axes, tensor.shape, strict=True)}
    st.write(f"`{path}`, **{meaning.symbol}**: {meaning.meaning}")
    first_rows, first_columns = first_axes(meaning.axes)
    with st.container(horizontal=True):
        rows = choose_listed("Rows", meaning.axes, "rows", first_rows)
        others = [axis for axis in meaning.axes if axis != rows]
        columns = choose_listed("Columns", others, "columns", first_columns)
        places = {axis: choose_place(axis, labels[axis]) for axis in others if axis != columns}
    axes, values = (rows, columns), tensor_slice(tensor, meaning.axes, rows, columns, places)
    finding = tensor_finding(values, axes, path)
    draw_chart(tensor_map(values, axes, (labels[rows], labels[columns]), path), alt=finding, key="tensor")
    st.caption(finding)
    offer_tensor(shown, path)


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    st.write(TENSORS_LESSON.opening)
    all_tensors()
    st.header("Take the whole pass with you", anchor=False)
    offer_trace(current_pass())
    st.write(
        "The bundle holds the tensors, the config, the seed or the name of the weights, the sentence and the versions. "
        "In this project's folder, `python -m encoder.replay bundle.npz` runs the pass again and compares every number."
    )
    draw_lesson(TENSORS_LESSON)
    choose_format()
    look_after_charts()
