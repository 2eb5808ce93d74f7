from encoder.tokenizer import Tokenizer
from pages.frame.token_table import token_table


def test_each_token_stands_beside_what_was_typed_and_its_id() -> None:
    text = "Two dogs, photosynthesis [MASK] 你"
    encoding = Tokenizer.load().encode(text)
    table = token_table(encoding, text)
    assert table["token"] == list(encoding.pieces)
    assert table["id"] == list(encoding.ids)
    assert table["position"] == list(range(len(encoding.ids)))
    assert table["as typed"][:4] == ["", "Two", "dogs", ","]
    assert "".join(map(str, table["as typed"][4:-3])) == "photosynthesis"
    assert table["kind"][:2] == ["special", "begins a word"]
    assert table["kind"][3] == "a sign of its own"
    assert table["kind"][5] == "continues the word before it"
    assert table["kind"][-3:] == ["special", "unknown", "special"]
