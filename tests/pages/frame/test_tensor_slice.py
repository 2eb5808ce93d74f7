import numpy as np
import pytest
import torch

from encoder import Encoder, describe
from encoder.analysis.tensor_summary import trace_summary
from pages.frame.summary_table import matching, summary_table
from pages.frame.tensor_slice import first_axes, tensor_slice
from tests.encoder.conftest import prime_config, some_mask, some_tokens

TENSOR = torch.arange(2 * 3 * 5 * 7).reshape(2, 3, 5, 7)
AXES = ("batch", "head", "query", "key")


def test_any_two_axes_are_cut_at_the_places_of_the_others() -> None:
    table = tensor_slice(TENSOR, AXES, "query", "key", {"batch": 1, "head": 2})
    np.testing.assert_array_equal(table, TENSOR[1, 2])
    turned = tensor_slice(TENSOR, AXES, "key", "head", {"batch": 0, "query": 4})
    np.testing.assert_array_equal(turned, TENSOR[0, :, 4].T)


def test_truth_becomes_a_number() -> None:
    assert tensor_slice(torch.tensor([[True, False]]), ("batch", "token"), "token", "batch", {}).tolist() == [[1], [0]]


@pytest.mark.parametrize(
    ("rows", "columns", "places"),
    [
        ("key", "key", {"batch": 0, "head": 0, "query": 0}),
        ("key", "d_ff", {"batch": 0}),
        ("query", "key", {"batch": 0}),
    ],
)
def test_axes_that_do_not_fit_are_refused(rows: str, columns: str, places: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"this tensor has the axes batch, head, query, key\. Choose two different"):
        tensor_slice(TENSOR, AXES, rows, columns, places)


def test_every_tensor_of_every_kind_opens_and_has_its_row() -> None:
    config = prime_config(norm="pre", embedding_norm=True, prediction_head=True)
    with torch.inference_mode():
        trace = Encoder(config)(some_tokens(config), some_mask())
    for path, tensor in trace.items():
        axes = describe(path).axes
        rows, columns = first_axes(axes)
        table = tensor_slice(tensor, axes, rows, columns, dict.fromkeys(axes, 0))
        assert table.shape == (tensor.shape[axes.index(rows)], tensor.shape[axes.index(columns)])
    table = summary_table(trace_summary(trace))
    assert table["path"] == list(trace.paths)
    assert sum(table["−∞"]) == 2 * 99


def test_a_search_finds_the_tensors_whose_paths_hold_all_of_its_words() -> None:
    config = prime_config()
    with torch.inference_mode():
        summaries = trace_summary(Encoder(config)(some_tokens(config)))
    assert matching(summaries, "") == matching(summaries, "  ") == list(summaries)
    assert [summary.path for summary in matching(summaries, "QUERY layers.1")] == ["layers.1.attention.query"]
    assert matching(summaries, "<b>") == []
