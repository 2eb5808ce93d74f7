"""Every tensor of the current pass as a row of a table, and which rows a search finds."""

from collections.abc import Sequence

import streamlit as st

from encoder.analysis.tensor_summary import TensorSummary, trace_summary
from pages.frame.forward_pass import encoder_config, passes
from pages.frame.settings import Settings


@st.cache_data(max_entries=64, show_spinner=False)
def pass_summary(settings: Settings, token_ids: tuple[int, ...]) -> tuple[TensorSummary, ...]:
    """Summarize every tensor of this pass, once for all visitors."""
    with passes().in_turn(encoder_config(settings)):
        return trace_summary(passes().trace(settings, token_ids))


def matching(summaries: Sequence[TensorSummary], search: str) -> list[TensorSummary]:
    """Return the tensors whose paths hold every word of the search."""
    words = search.casefold().split()
    return [summary for summary in summaries if all(word in summary.path for word in words)]


def summary_table(summaries: Sequence[TensorSummary]) -> dict[str, list]:
    """Return one row per tensor, as columns; what is not finite gets a column only where there is some."""
    columns: dict[str, list] = {
        "path": [summary.path for summary in summaries],
        "symbol": [summary.symbol for summary in summaries],
        "shape": [" × ".join(map(str, summary.shape)) for summary in summaries],
        "mean": [summary.mean for summary in summaries],
        "std": [summary.std for summary in summaries],
        "min": [summary.smallest for summary in summaries],
        "max": [summary.largest for summary in summaries],
        "norm": [summary.norm for summary in summaries],
        "histogram": [list(summary.histogram) for summary in summaries],
    }
    if any(summary.n_infinite for summary in summaries):
        columns["−∞"] = [summary.n_infinite for summary in summaries]
    if any(summary.n_broken for summary in summaries):
        columns["∞ or NaN"] = [summary.n_broken for summary in summaries]
    return columns
