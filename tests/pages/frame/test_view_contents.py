"""What the views are told of the tokens is what the tokenizer knows of them."""

from pages.frame.forward_pass import ForwardPass, tokenizer
from pages.frame.settings import Settings
from pages.frame.view_contents import kinds_of, unknown_words

SENTENCE = "The שלום 犬 🐶 snowboardings [MASK] [UNK]"


def test_each_token_is_what_the_tokenizer_says_and_unknown_words_come_as_typed() -> None:
    encoding = tokenizer().encode(SENTENCE)
    kinds = dict(enumerate(zip(encoding.pieces, kinds_of(encoding), strict=True)))
    assert list(kinds.values())[:8] == [
        ("[CLS]", "special"),
        ("the", "word"),
        ("[UNK]", "unknown"),
        ("[UNK]", "unknown"),
        ("[UNK]", "unknown"),
        ("snowboarding", "word"),
        ("##s", "piece"),
        ("[MASK]", "special"),
    ]
    assert "unknown" not in kinds_of(encoding)[8:]  # typed, it is a word in brackets
    shown = ForwardPass(Settings(sentence=SENTENCE), encoding)
    assert unknown_words(shown) == ((2, "שלום"), (3, "犬"), (4, "🐶"))
