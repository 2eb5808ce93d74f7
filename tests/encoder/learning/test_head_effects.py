"""The command that measures what heads are worth: its file holds what the edited passes themselves show."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from encoder import Edits, Encoder, ScaleHead
from encoder.learning import head_effects
from encoder.learning.accuracy import HiddenPieces, accuracy
from encoder.learning.nested import nested_config
from encoder.tables.head_effect_table import HeadEffectTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder, Shape

LINES = [
    "A man in a red hat is running in the park.",
    "",
    "Two old dogs are sleeping in the snow behind a house.",
    "A woman is cooking dinner in the kitchen while two children are watching.",
    "left out",
]
SHAPE = Shape(2, 2, 16)


@pytest.fixture
def whole() -> Encoder:
    """An encoder whose choices depend on its heads, and whose first choice is sometimes right."""
    encoder = Encoder(nested_config(Tokenizer.load().vocab_size, Shape(2, 3, 32)))
    with torch.no_grad():
        b_E = encoder.get_parameter("prediction.b_E")
        for word in ("in", "the", "is", "a"):
            b_E[Tokenizer.load().encode(word).ids[1]] = 12.0
    return encoder


def measure(whole: Encoder, folder: Path, *options: str, lines: Sequence[str] = LINES) -> HeadEffectTable:
    checkpoint.save(whole, folder / "encoder.safetensors")
    (folder / "dev.txt").write_text("\n".join(lines), encoding="utf-8")
    paths = {"--weights": "encoder.safetensors", "--dev": "dev.txt", "--out": "head_effects.json"}
    arguments = [text for option, name in paths.items() for text in (option, str(folder / name))]
    head_effects.main([*arguments, "--captions", "3", "--shapes", "2x2x16", *options])
    return HeadEffectTable.load(folder / "head_effects.json")


def mean_log_probability(encoder: Encoder, hidden: HiddenPieces, edit: Edits) -> float:
    """Σ log p / places, place by place."""
    total = 0.0
    for batch, masked in hidden.batches:
        logits = encoder(masked.token_ids, batch.key_mask, edit).prediction.logits.flatten(0, 1)
        for place, piece in zip(masked.places.tolist(), masked.pieces.tolist(), strict=True):
            total += float(logits[place].detach().double().log_softmax(dim=0)[piece])
    return total / hidden.n_places


def test_the_file_holds_the_effects_in_the_slice(
    whole: Encoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = measure(whole, tmp_path)
    assert (list(table.effects), table.text, table.captions) == ([SHAPE], "dev.txt", ())
    effects, tokenizer = table.effects[SHAPE], Tokenizer.load()
    hidden = head_effects.hidden_captions([LINES[0], LINES[2], LINES[3]], tokenizer)
    assert (effects.n_sentences, effects.n_places) == (3, hidden.n_places)
    assert hidden.n_places > 0
    plain = accuracy(whole.config, whole.state_dict(), SHAPE, hidden)
    assert effects.accuracy == pytest.approx(plain, abs=1e-6)

    encoder = NestedEncoder(whole).at(2, 2, 16)
    before = mean_log_probability(encoder, hidden, Edits())
    assert effects.log_probability == pytest.approx(before, abs=2e-6)
    silent = NestedEncoder(whole).at(2, 2, 16)
    for layer in range(2):
        for head in range(2):
            change = mean_log_probability(encoder, hidden, Edits((ScaleHead(layer, head, 0.0),))) - before
            assert float(effects.log_probability_changes[layer, head]) == pytest.approx(change, abs=2e-6)
            assert change != 0
            parameters = {name: values.detach().clone() for name, values in silent.named_parameters()}
            parameters[f"layers.{layer}.attention.W_O"][16 * head : 16 * head + 16] = 0
            without = accuracy(silent.config, parameters, SHAPE, hidden)
            assert float(effects.accuracy_changes[layer, head]) == pytest.approx(without - plain, abs=2e-6)
    assert (effects.output_changes > 0).all()
    shown = capsys.readouterr().out
    assert f"{hidden.n_places} hidden pieces of 3 captions, accuracy {plain:.4f}" in shown
    assert shown.count("layer 1:") == 3


def test_kept_captions_give_the_same_figures_again(whole: Encoder, tmp_path: Path) -> None:
    table = measure(whole, tmp_path, "--keep-captions")
    assert table.captions == (LINES[0], LINES[2], LINES[3])
    hidden = head_effects.hidden_captions(table.captions, Tokenizer.load())
    encoder = NestedEncoder(whole).at(2, 2, 16)
    *_, again = head_effects.mean_head_effects(encoder, head_effects.questions(hidden))
    expected = table.effects[SHAPE].log_probability_changes
    torch.testing.assert_close(again.log_probability_changes, expected, rtol=0, atol=1e-6)


def test_captions_come_in_small_batches_so_that_somebody_can_stop() -> None:
    hidden = head_effects.hidden_captions([LINES[0]] * 25, Tokenizer.load())
    assert [len(token_ids) for token_ids, _, _ in head_effects.questions(hidden)] == [10, 10, 5]


def test_a_text_in_which_nothing_can_be_hidden_has_no_effects(whole: Encoder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No piece of this text could be hidden"):
        measure(whole, tmp_path, lines=["собака", "狗"])
    assert not (tmp_path / "head_effects.json").exists()


def test_lines_without_a_sentence_are_refused() -> None:
    with pytest.raises(ValueError, match=r"There is no sentence in the text\. Give a UTF-8 text with one sentence"):
        head_effects.hidden_captions(["", " "], Tokenizer.load())
