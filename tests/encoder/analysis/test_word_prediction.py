"""A prediction's probabilities, order and entropy, against SciPy."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch

from encoder.analysis import WordPrediction

LOGITS = torch.randn(31, generator=torch.Generator().manual_seed(3)) * 3


def test_probabilities_and_entropy_are_scipys() -> None:
    prediction = WordPrediction(LOGITS.double())
    expected = scipy.special.softmax(LOGITS.double().numpy())
    np.testing.assert_allclose(prediction.probabilities, expected, rtol=1e-12)
    assert prediction.entropy == pytest.approx(scipy.stats.entropy(expected), rel=1e-12)
    assert prediction.probability(7) == pytest.approx(expected[7], rel=1e-12)


def test_a_certain_prediction_has_no_entropy_and_an_even_one_the_most() -> None:
    assert WordPrediction(torch.tensor([0.0, 500.0, 0.0])).entropy == 0.0
    assert WordPrediction(torch.zeros(31)).entropy == pytest.approx(np.log(31))


def test_ranks_are_scipys_with_ties_sharing_the_better_one() -> None:
    logits = LOGITS.round()
    expected = scipy.stats.rankdata(-logits.numpy(), method="min")
    assert len(set(expected)) < len(expected)
    assert [WordPrediction(logits).rank(word) for word in range(31)] == expected.astype(int).tolist()


def test_the_top_words_come_in_order_of_their_probability() -> None:
    prediction = WordPrediction(LOGITS)
    words = [word for word, _ in prediction.top(5)]
    assert words == np.argsort(-LOGITS.numpy(), kind="stable")[:5].tolist()
    assert [prediction.rank(word) for word in words] == [1, 2, 3, 4, 5]
    assert [probability for _, probability in prediction.top(5)] == prediction.probabilities[words].tolist()


@pytest.mark.parametrize("word", [-1, 31, 1.0, True])
def test_a_word_that_is_not_in_the_vocabulary_is_refused(word: int) -> None:
    with pytest.raises(ValueError, match=f"There is no word {word}; this vocabulary has the numbers 0 to 30."):
        WordPrediction(LOGITS).rank(word)
    with pytest.raises(ValueError, match=f"There is no word {word}; "):
        WordPrediction(LOGITS).probability(word)


@pytest.mark.parametrize("count", [-1, 2.0, True])
def test_so_many_words_as_cannot_be_counted_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=rf"count is {count}; give a whole number of at least 0\."):
        WordPrediction(LOGITS).top(count)
