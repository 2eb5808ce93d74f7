from hypothesis import given
from hypothesis.strategies import integers

from pages.frame.shuffle import shuffled_places


@given(n_tokens=integers(4, 128), seed=integers(0, 10_000))
def test_a_shuffle_moves_words_and_only_words(n_tokens: int, seed: int) -> None:
    places = shuffled_places(n_tokens, seed)
    assert sorted(places) == list(range(n_tokens))
    assert places != tuple(range(n_tokens))
    assert (places[0], places[-1]) == (0, n_tokens - 1)
    assert places == shuffled_places(n_tokens, seed)


def test_one_word_alone_stays() -> None:
    assert shuffled_places(3, seed=7) == (0, 1, 2)
