"""A training run that takes a moment: a few captions, a small encoder and a recipe for them."""

from encoder import Encoder
from encoder.learning.captions import Captions
from encoder.learning.nested import nested_config, new_encoder
from encoder.learning.schedule import Schedule
from encoder.learning.training import Recipe
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import Shape

LINES = ["a man runs", "two dogs run in the snow", "a woman sits", "the cat sleeps", "two men sit on a bench"] * 3
CAPTIONS = Captions.of(LINES, Tokenizer.load())
RECIPE = Recipe(batch_size=4, half_precision=False, seed=3)
SCHEDULE = Schedule(steps=11, warm_up=3)


def small_encoder() -> Encoder:
    return new_encoder(nested_config(Tokenizer.load().vocab_size, Shape(2, 2, 32), seed=1))


def same(first: Encoder, second: Encoder) -> bool:
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all((one == other).all() for one, other in pairs)
