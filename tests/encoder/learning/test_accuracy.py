"""Accuracy on hidden pieces: counted by hand, and the same at every depth as for the shallower slice."""

import pytest
import torch

from encoder import Encoder
from encoder.learning.accuracy import HiddenPieces, accuracies, accuracy, accuracy_by_depth, hide_pieces
from encoder.learning.captions import Captions
from encoder.learning.nested import nested_config
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import NestedEncoder, Shape

VOCAB = Tokenizer.load().vocab_size
LINES = [
    f"{who} {does} in the {where}" for who in ("a dog", "two men") for does in ("runs", "sit") for where in ("sun",)
]


@pytest.fixture(scope="module")
def captions(tmp_path_factory: pytest.TempPathFactory) -> Captions:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(LINES * 5), encoding="utf-8")
    return Captions.read(path, Tokenizer.load())


@pytest.fixture(scope="module")
def hidden(captions: Captions) -> HiddenPieces:
    return hide_pieces(captions, VOCAB)


@pytest.fixture(scope="module")
def whole() -> Encoder:
    """An encoder that leans towards two pieces of the text, so that it is sometimes right."""
    encoder = Encoder(nested_config(VOCAB, Shape(2, 2, 32)))
    b_E = encoder.get_parameter("prediction.b_E")
    with torch.no_grad():
        for word in ("in", "the"):
            b_E[Tokenizer.load().encode(word).ids[1]] = 30.0
    return encoder


def test_the_holes_are_the_same_every_time(captions: Captions, hidden: HiddenPieces) -> None:
    again = hide_pieces(captions, VOCAB)
    assert again.n_places == hidden.n_places > 0
    for (_, masked), (_, masked_again) in zip(hidden.batches, again.batches, strict=True):
        assert torch.equal(masked.token_ids, masked_again.token_ids)


def test_it_is_the_share_of_hidden_pieces_that_the_encoder_itself_names(whole: Encoder, hidden: HiddenPieces) -> None:
    shape = Shape(1, 2, 16)
    encoder = NestedEncoder(whole).at(1, 2, 16)
    right = 0
    for batch, masked in hidden.batches:
        logits = encoder(masked.token_ids, batch.key_mask).prediction.logits.flatten(0, 1)[masked.places]
        right += sum(int(row.argmax()) == int(piece) for row, piece in zip(logits, masked.pieces, strict=True))
    figure = accuracy(whole.config, whole.state_dict(), shape, hidden)
    assert figure == right / hidden.n_places
    assert 0 < figure < 1


def test_each_depth_reads_as_the_shallower_slice_does(whole: Encoder, hidden: HiddenPieces) -> None:
    parameters = whole.state_dict()
    by_depth = accuracy_by_depth(whole.config, parameters, Shape(2, 1, 32), hidden)
    shapes = [Shape(1, 1, 32), Shape(2, 1, 32)]
    assert dict(zip(shapes, by_depth, strict=True)) == accuracies(whole.config, parameters, shapes, hidden)


def test_a_text_in_which_nothing_can_be_hidden_has_no_accuracy() -> None:
    hidden = hide_pieces(Captions.of(["собака", "狗"], Tokenizer.load()), VOCAB)
    with pytest.raises(ValueError, match="No piece of this text could be hidden"):
        accuracy(nested_config(VOCAB, Shape(1, 1, 16)), {}, Shape(1, 1, 16), hidden)
