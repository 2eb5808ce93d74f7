"""The jobs of heads, measured on attention that was written by hand."""

import pytest
import torch
from torch import Tensor

from encoder import Edits, Encoder, Replace, Trace
from encoder.analysis import JOBS, HeadFigures, head_figures
from tests.encoder.conftest import prime_config

PIECES = ("[CLS]", "the", "old", "dog", "in", "the", "hat", "is", "old", "[SEP]")
N = len(PIECES)
NAMES = [job.name for job in JOBS]


def trace_of(weights: Tensor) -> Trace:
    """A trace in whose layer 1, head 2 the attention weights [query, key] are these; elsewhere they are even."""
    config = prime_config()
    all_weights = torch.full((1, 3, N, N), 1 / N)
    written = all_weights.clone()
    written[0, 2] = weights
    edits = Edits((Replace("layers.0.attention.weights", all_weights), Replace("layers.1.attention.weights", written)))
    return Encoder(config)(torch.arange(N)[None], edit=edits)


def figures_of(weights: Tensor) -> dict[str, float]:
    measured = head_figures([(PIECES, trace_of(weights))])
    return {name: round(float(measured.figures[name][1, 2]), 6) for name in NAMES}


def looking_at(keys: dict[int, int]) -> Tensor:
    """Each query looks at the key that is named here, or else at the full width alike."""
    weights = torch.full((N, N), 1 / N)
    for query, key in keys.items():
        weights[query] = torch.eye(N)[key]
    return weights


def test_a_head_that_looks_one_back_is_a_previous_token_head() -> None:
    figures = figures_of(looking_at({query: query - 1 for query in range(1, N)}))
    assert figures["previous token"] == 1.0
    assert figures["next token"] == 0.0
    assert figures["broad"] == 0.0


def test_a_head_that_looks_one_ahead_is_a_next_token_head_and_finds_no_distant_noun() -> None:
    figures = figures_of(looking_at({query: query + 1 for query in range(N - 1)}))
    assert figures["next token"] == 1.0
    assert figures["determiner → noun"] == 0.0


def test_a_repeated_word_counts_as_the_same_token() -> None:
    figures = figures_of(looking_at({1: 5, 2: 8, 3: 3, 4: 4, 5: 1, 6: 6, 7: 7, 8: 8}))
    assert figures["same token"] == 1.0


def test_the_sink_is_the_weight_on_both_ends() -> None:
    assert figures_of(looking_at({query: 0 if query % 2 else N - 1 for query in range(N)}))["[CLS]/[SEP] sink"] == 1.0


def test_even_weights_are_broad_and_give_every_other_job_its_chance_level() -> None:
    figures = figures_of(torch.full((N, N), 1 / N))
    chance = round(1 / N, 6)
    assert figures["broad"] == pytest.approx(1.0, abs=1e-5)
    assert figures["[CLS]/[SEP] sink"] == pytest.approx(2 * chance)
    assert {figures[name] for name in ("previous token", "next token", "is/are → subject")} == {chance}


def test_grammar_counts_only_with_a_word_between() -> None:
    measured = head_figures([(PIECES, trace_of(looking_at({1: 3, 7: 3})))])
    assert measured.places["determiner → noun"] == 1  # "the old dog", not "the hat"
    assert measured.places["is/are → subject"] == 1
    assert float(measured.figures["determiner → noun"][1, 2]) == 1.0
    assert float(measured.figures["is/are → subject"][1, 2]) == 1.0


def test_a_figure_is_the_mean_over_all_places_of_all_sentences() -> None:
    back = looking_at({query: query - 1 for query in range(1, N)})
    passes = [(PIECES, trace_of(back)), (PIECES, trace_of(back)), (PIECES, trace_of(torch.full((N, N), 1 / N)))]
    measured = head_figures(passes)
    assert measured.places["previous token"] == 3 * (N - 3)
    assert float(measured.figures["previous token"][1, 2]) == pytest.approx((2 + 1 / N) / 3)


@pytest.mark.parametrize("piece", ["is", "dog"])
def test_a_sentence_of_one_token_cannot_be_looked_at_broadly_and_leaves_the_others_their_figures(piece: str) -> None:
    single = ((piece,), Encoder(prime_config())(torch.tensor([[3]])))
    alone, long = head_figures([single]), (PIECES, trace_of(torch.full((N, N), 1 / N)))
    assert alone.places["broad"] == 0
    assert alone.figures["broad"].eq(0).all()
    together, without = head_figures([single, long]), head_figures([long])
    assert together.places["broad"] == without.places["broad"]
    assert torch.equal(together.figures["broad"], without.figures["broad"])


def test_labels_come_from_figures_and_thresholds_the_clearest_first() -> None:
    figures = {name: torch.zeros(1, 2) for name in NAMES}
    figures["previous token"][0, 0], figures["is/are → subject"][0, 0] = (
        0.6,
        0.5,
    )  # beside its own threshold the smaller is clearer
    figures["next token"][0, 1] = 0.399
    measured = HeadFigures(figures, dict.fromkeys(NAMES, 1))
    assert [job.name for job, _ in measured.jobs_of(0, 0)] == ["is/are → subject", "previous token"]
    assert measured.jobs_of(0, 1) == ()


def test_pieces_of_another_sentence_are_refused() -> None:
    with pytest.raises(ValueError, match=r"There are 9 pieces and token_ids \(1, 10\); they must be \(1, 9\)\."):
        head_figures([(PIECES[1:], trace_of(torch.full((N, N), 1 / N)))])


def test_no_sentence_is_refused() -> None:
    with pytest.raises(ValueError, match=r"There is no sentence to measure heads on; give at least one\."):
        head_figures([])
