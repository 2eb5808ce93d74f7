"""What the Predict page says of its exercise is what the shipped weights predict."""

import pytest
import torch

from encoder.analysis import WordPrediction
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder
from pages.frame.weights_source import NESTED_FOLDER

WEIGHTS = NESTED_FOLDER / "encoder.safetensors"
SMALLEST, LARGEST = (1, 1, 16), (6, 8, 128)
TOKENIZER = Tokenizer.load()

pytestmark = pytest.mark.skipif(not WEIGHTS.exists(), reason="needs trained weights")


def hidden_word(shipped: NestedEncoder, shape: tuple[int, int, int], sentence: str) -> WordPrediction:
    ids = TOKENIZER.encode(sentence).ids
    with torch.inference_mode():
        prediction = shipped.at(*shape)(torch.tensor([ids])).prediction
    assert prediction is not None
    return WordPrediction(prediction.logits[0, ids.index(TOKENIZER.mask_id)])


def likeliest(prediction: WordPrediction, count: int) -> list[str]:
    return [TOKENIZER.piece(word) for word, _ in prediction.top(count)]


def test_the_largest_shape_sees_who_plays_and_the_smallest_does_not() -> None:
    shipped = NestedEncoder(checkpoint.load(WEIGHTS).eval())
    dogs, men = "Two dogs are playing in the [MASK].", "Two men are cooking in the [MASK]."
    large, small = hidden_word(shipped, LARGEST, dogs), hidden_word(shipped, SMALLEST, dogs)
    assert set(likeliest(large, 3)) == {"grass", "snow", "water"}
    assert likeliest(hidden_word(shipped, LARGEST, men), 1) == ["kitchen"]
    [(street, probability)] = small.top(1)
    assert TOKENIZER.piece(street) == "street"
    assert probability == pytest.approx(0.12, abs=0.005)
    assert float(large.entropy) == pytest.approx(1.5, abs=0.05)
    assert float(small.entropy) == pytest.approx(5.1, abs=0.05)
    others = hidden_word(shipped, SMALLEST, men)
    for word, chance in small.top(8):
        assert others.probability(word) == pytest.approx(chance, abs=0.002)


def test_the_smallest_shape_gives_are_little_and_the_largest_nearly_all() -> None:
    shipped = NestedEncoder(checkpoint.load(WEIGHTS).eval())
    are, asked = TOKENIZER.encode("are").ids[1], "The dogs [MASK] running through the snow."
    small, large = (hidden_word(shipped, shape, asked) for shape in (SMALLEST, LARGEST))
    assert small.probability(are) == pytest.approx(0.30, abs=0.005)
    assert large.probability(are) > 0.95


def test_where_a_dog_may_bark_a_small_shape_expects_a_woman_or_a_man() -> None:
    shipped = NestedEncoder(checkpoint.load(WEIGHTS).eval())
    assert set(likeliest(hidden_word(shipped, (3, 4, 64), "A [MASK] is barking at a cat."), 2)) == {"man", "woman"}
