"""Captions in batches: nothing lost, little padding, the same order for the same seed."""

import itertools
from pathlib import Path
from types import ModuleType

import pytest
import torch

from encoder.learning import head_effects, heads
from encoder.learning.captions import Captions
from encoder.tokenizer import Tokenizer

LINES = ["a dog runs", "two men", "", "a child in red jumps", "dogs", "a cat sleeps", "men run"]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


@pytest.fixture
def captions(text: Path) -> Captions:
    return Captions.read(text, Tokenizer.load())


def test_every_line_with_a_word_is_a_row(captions: Captions) -> None:
    tokenizer = Tokenizer.load()
    expected = [tokenizer.encode(line).ids for line in LINES if line]
    rows = [tuple(row[:length].tolist()) for row, length in zip(captions.table, captions.lengths, strict=True)]
    assert rows == expected


def test_an_epoch_visits_every_row_once(captions: Captions) -> None:
    batches = captions.epoch(size=2, seed=5)
    assert len(batches) == captions.n_batches(2) == 3
    assert sorted(torch.cat(batches).tolist()) == list(range(len(captions)))


def test_the_seed_alone_decides_the_order(captions: Captions) -> None:
    def order(seed: int) -> list[int]:
        return torch.cat(captions.epoch(2, seed)).tolist()

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(8)}) > 1


def test_batches_hold_sentences_of_neighbouring_lengths(captions: Captions) -> None:
    spans = sorted((captions.lengths[rows].min(), captions.lengths[rows].max()) for rows in captions.epoch(2, 0))
    assert all(longest <= shortest for (_, longest), (shortest, _) in itertools.pairwise(spans))


def test_the_key_mask_hides_the_padding_and_is_left_out_without_any(captions: Captions) -> None:
    batch = captions.batch(torch.tensor([0, 1]))
    assert batch.token_ids.dtype == torch.int64
    assert batch.key_mask is not None
    assert batch.key_mask.sum(dim=1).tolist() == captions.lengths[:2].tolist()
    assert (batch.token_ids[~batch.key_mask] == Tokenizer.pad_id).all()
    assert captions.batch(torch.tensor([0])).key_mask is None


def test_a_text_without_sentences_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"empty\.txt has no sentence in it\. Give a UTF-8 text with one sentence"):
        Captions.read(empty, Tokenizer.load())


def test_a_missing_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.txt cannot be read .* Give a UTF-8 text"):
        Captions.read(tmp_path / "nowhere.txt", Tokenizer.load())


@pytest.mark.parametrize("command", [heads, head_effects])
@pytest.mark.parametrize("count", ["0", "-5", "many"])
def test_a_command_measures_at_least_one_caption(
    command: ModuleType, count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(["--weights", "w", "--dev", "d", "--out", "o", f"--captions={count}"])
    assert f"{count} is no number of captions; give a whole number of at least 1." in capsys.readouterr().err
