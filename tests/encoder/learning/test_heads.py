"""The command that measures heads: its file holds what the encoder's own traces show."""

from pathlib import Path
from types import ModuleType

import pytest
import torch

from encoder import Encoder
from encoder.analysis import head_figures
from encoder.learning import head_effects, heads
from encoder.learning.nested import nested_config
from encoder.tables.head_table import HeadTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder, Shape

LINES = ["A man in a red hat is running.", "", "Two old dogs are sleeping in the snow.", "left out"]


def test_the_file_holds_the_figures_of_the_slice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer = Tokenizer.load()
    whole = Encoder(nested_config(tokenizer.vocab_size, Shape(2, 2, 32)))
    checkpoint.save(whole, tmp_path / "encoder.safetensors")
    (tmp_path / "dev.txt").write_text("\n".join(LINES), encoding="utf-8")
    paths = [
        "--weights",
        tmp_path / "encoder.safetensors",
        "--dev",
        tmp_path / "dev.txt",
        "--out",
        tmp_path / "heads.json",
    ]
    heads.main([*map(str, paths), "--captions", "2", "--shapes", "1x2x16"])

    table, shape = HeadTable.load(tmp_path / "heads.json"), Shape(1, 2, 16)
    assert (list(table.figures), table.text, table.n_captions) == ([shape], "dev.txt", 2)
    sentences = [tokenizer.encode(LINES[0]), tokenizer.encode(LINES[2])]
    encoder = NestedEncoder(whole).at(1, 2, 16)
    expected = head_figures((sentence.pieces, encoder(torch.tensor([sentence.ids]))) for sentence in sentences)
    for name, values in expected.figures.items():
        torch.testing.assert_close(table.figures[shape].figures[name].double(), values.detach(), rtol=0, atol=6e-5)
    assert capsys.readouterr().out.count("layer 0 head") == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), ("\n\n", "has no sentence in it"), ("\u200b\n", "has no sentence in it")],
)
def test_a_text_without_sentences_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "dev.txt"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"dev.txt {message}.*Give a UTF-8 text with one sentence a line\."):
        heads.read_sentences(path, Tokenizer.load(), 10)


@pytest.mark.parametrize("command", [heads, head_effects])
def test_a_shape_that_is_not_offered_is_refused_before_anything_is_measured(
    command: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Encoder(nested_config(Tokenizer.load().vocab_size, Shape(1, 1, 16)))
    checkpoint.save(whole, tmp_path / "encoder.safetensors")
    (tmp_path / "dev.txt").write_text("\n".join(LINES), encoding="utf-8")
    paths = {"--weights": "encoder.safetensors", "--dev": "dev.txt", "--out": "out.json"}
    given = [word for option, name in paths.items() for word in (option, str(tmp_path / name))]
    with pytest.raises(ValueError, match="n_heads is 2"):
        command.main([*given, "--shapes", "1x1x16", "1x2x16"])
    assert not capsys.readouterr().out
