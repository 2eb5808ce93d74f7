"""The command that trains: it writes a state and a log, and small embeddings are its start."""

from pathlib import Path

import pytest
import torch

from encoder.learning import export
from encoder.learning.nested import PROGRESS_FILE, main, nested_config, new_encoder, watched_shapes
from encoder.learning.training import STATE_FILE
from encoder.learning.training_state import read_parameters
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tokenizer import ASSET, Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import Shape, offered_shapes, slice_parameters
from tests.encoder.learning.killed import killed_at

LINES = ["a man runs", "two dogs run in the snow", "a woman sits", "the cat sleeps"] * 2


def stage(steps: int, rate: str = ".002", shape: str = "2x2x32", kept: str = "") -> list[str]:
    return ["--stage", shape, str(steps), rate, "2", *kept.split()]


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    (tmp_path / "text.txt").write_text("\n".join(LINES), encoding="utf-8")
    text, out = str(tmp_path / "text.txt"), str(tmp_path / "run")
    return ["--train", text, "--dev", text, "--out", out, "--batch-size", "4"]


def test_it_writes_a_state_and_a_line_for_each_checkpoint(arguments: list[str], tmp_path: Path) -> None:
    main([*arguments, *stage(4), "--checkpoint-every", "2"])
    lines = (tmp_path / "run" / PROGRESS_FILE).read_text(encoding="utf-8").splitlines()
    assert [line.split(", ")[1] for line in lines] == ["step 2 of 4", "step 4 of 4"]
    assert all("2·2·32 0." in line and "1·1·16 0." in line for line in lines)
    assert (tmp_path / "run" / STATE_FILE).exists()


def test_a_resumed_run_may_be_made_shorter_or_longer(arguments: list[str], tmp_path: Path) -> None:
    with killed_at(5):
        main([*arguments, *stage(9), "--checkpoint-every", "2"])
    main([*arguments, *stage(5), "--checkpoint-every", "2"])
    main([*arguments, *stage(6), "--checkpoint-every", "2"])
    lines = (tmp_path / "run" / PROGRESS_FILE).read_text(encoding="utf-8").splitlines()
    assert [line.split(", ")[1] for line in lines] == ["step 2 of 9", "step 4 of 9", "step 5 of 5", "step 6 of 6"]


@pytest.mark.parametrize("option", [["--tokenizer", str(ASSET)], ["--alone"]])
def test_what_other_commands_could_not_follow_or_already_do_is_no_option(
    arguments: list[str], option: list[str]
) -> None:
    """All measure with the shipped tokenizer, and `encoder.learning.alone` trains one shape alone."""
    with pytest.raises(SystemExit):
        main([*arguments, *stage(1), *option])


def test_training_starts_from_small_embeddings() -> None:
    encoder = new_encoder(nested_config(vocab_size=401, shape=Shape(2, 2, 64)))
    assert encoder.embedding.token_table.std().item() == pytest.approx(64**-0.5, rel=0.05)


def test_the_watched_shapes_are_the_whole_and_four_offered_slices() -> None:
    config = nested_config(vocab_size=31, shape=Shape(6, 8, 128))
    shapes = watched_shapes(config)
    assert shapes[0] == Shape(6, 8, 128)
    assert len(shapes) == 5
    assert set(shapes) <= set(offered_shapes(config))


def test_a_whole_that_cannot_be_nested_is_refused(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match=r"d_model is 40; a nested encoder needs a multiple of 16"):
        main([*arguments, *stage(1, shape="2x2x40")])


def test_as_many_threads_compute_as_are_asked_for(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    main([*arguments, *stage(1), "--threads", "3"])
    assert asked == [3]


def test_a_text_in_which_nothing_can_be_hidden_is_refused_before_the_training(
    arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "dev.txt").write_text("собака\n狗", encoding="utf-8")
    with pytest.raises(ValueError, match="No piece of this text could be hidden"):
        main([*arguments, *stage(1), "--dev", str(tmp_path / "dev.txt")])
    assert not (tmp_path / "run").exists()


def test_a_run_goes_on_from_exported_parameters_and_the_card_counts_all_steps(
    arguments: list[str], tmp_path: Path
) -> None:
    text, shipped = str(tmp_path / "text.txt"), tmp_path / "shipped"
    main([*arguments, *stage(3)])
    export.main(["--run", str(tmp_path / "run"), "--dev", text, "--out", str(shipped)])
    further = ["--out", str(tmp_path / "further"), "--start", str(shipped), *stage(1, rate="0")]
    main([*arguments, *further])
    export.main(["--run", str(tmp_path / "further"), "--dev", text, "--out", str(tmp_path / "again")])

    first, second = (checkpoint.load(folder / "encoder.safetensors") for folder in (shipped, tmp_path / "again"))
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert AccuracyTable.load(tmp_path / "again" / "accuracy.json").steps == 4
    assert "3 of them before these stages" in (tmp_path / "again" / "card.md").read_text(encoding="utf-8")


def test_a_single_slice_of_exported_parameters_can_be_trained(arguments: list[str], tmp_path: Path) -> None:
    text, shipped, further = str(tmp_path / "text.txt"), tmp_path / "shipped", tmp_path / "further"
    main([*arguments, *stage(1)])
    export.main(["--run", str(tmp_path / "run"), "--dev", text, "--out", str(shipped)])
    main([*arguments, "--out", str(further), "--start", str(shipped), *stage(2, shape="1x1x16")])
    before = dict(checkpoint.load(shipped / "encoder.safetensors").named_parameters())
    after, _ = read_parameters(further / STATE_FILE)
    assert after["layers.0.feed_forward.W_1"].shape == (32, 128)
    changed = before["layers.0.feed_forward.W_1"] != after["layers.0.feed_forward.W_1"]
    assert changed[:16, :64].float().mean() > 0.9
    changed[:16, :64] = False
    assert not changed.any()


def test_the_stages_of_the_command_line_follow_one_another(arguments: list[str], tmp_path: Path) -> None:
    main([*arguments, *stage(3, shape="1x1x16"), *stage(2, shape="1x2x32,2x1x16", kept="1x1x16")])
    lines = (tmp_path / "run" / PROGRESS_FILE).read_text(encoding="utf-8").splitlines()
    assert [line.split(", 0.")[0] for line in lines] == ["stage 1 of 2, step 3 of 3", "stage 2 of 2, step 2 of 2"]
    small, _ = read_parameters(tmp_path / "run" / "stage_1" / STATE_FILE)
    parameters, facts = read_parameters(tmp_path / "run" / STATE_FILE)
    kept = slice_parameters(parameters, nested_config(Tokenizer.load().vocab_size, Shape(2, 2, 32)), Shape(1, 1, 16))
    assert facts["step"] == 5
    assert all(torch.equal(kept[name], values) for name, values in small.items())


def test_words_that_are_no_stage_are_refused_by_the_command_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*arguments, "--stage", "2x2x32", "many", ".1", "2"])
    assert "argument --stage: '2x2x32 many .1 2' is no stage; write leaders, steps" in capsys.readouterr().err
