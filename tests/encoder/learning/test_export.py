"""From a training run to what is shipped, and from there to the comparison with encoders trained alone."""

from pathlib import Path

import pytest
import torch

from encoder.learning import alone, evaluation, export, nested
from encoder.learning.training import STATE_FILE
from encoder.learning.training_state import read_parameters
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder, Shape, offered_shapes

LINES = ["a man runs", "two dogs run in the snow", "a woman sits", "the cat sleeps in the sun"] * 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text, a run of four steps on it, and its export."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "text.txt").write_text("\n".join(LINES), encoding="utf-8")
    text, run = str(folder / "text.txt"), str(folder / "run")
    sizes = ["--stage", "2x2x32", "4", ".002", "2", "--batch-size", "5"]
    nested.main(["--train", text, "--dev", text, "--out", run, *sizes])
    export.main(["--run", run, "--dev", text, "--out", str(folder / "shipped")])
    return folder


def test_the_shipped_parameters_are_those_of_the_run(folder: Path) -> None:
    whole = checkpoint.load(folder / "shipped" / nested.WEIGHTS_FILE)
    parameters, facts = read_parameters(folder / "run" / STATE_FILE)
    assert facts["step"] == 4
    assert all(torch.equal(values, parameters[name]) for name, values in whole.named_parameters())
    assert NestedEncoder(whole).at(1, 2, 16).config.n_heads == 2


def test_the_shipped_table_holds_every_shape(folder: Path) -> None:
    whole = checkpoint.load(folder / "shipped" / nested.WEIGHTS_FILE)
    table = AccuracyTable.load(folder / "shipped" / nested.TABLE_FILE)
    assert tuple(table.accuracy) == offered_shapes(whole.config)
    assert table.steps == 4
    assert table.text == "text.txt"


def test_the_card_says_what_was_measured(folder: Path) -> None:
    card = (folder / "shipped" / export.CARD_FILE).read_text(encoding="utf-8")
    table = AccuracyTable.load(folder / "shipped" / nested.TABLE_FILE)
    assert f"The whole: {table[table.whole]:.4f}." in card
    assert "12 English picture captions" in card
    assert "8 shapes" in card


def test_a_run_that_was_not_nested_is_refused_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    table, text, shape = str(folder / "shipped" / nested.TABLE_FILE), str(folder / "text.txt"), Shape(1, 1, 16)
    arguments = ["--table", table, "--train", text, "--dev", text, "--out", str(tmp_path), "--steps", "1"]
    alone.main([*arguments, "--shapes", str(shape)])
    with pytest.raises(ValueError, match=r"trained one shape alone, .* Give a run of encoder\.learning\.nested\."):
        export.main(["--run", str(tmp_path / str(shape)), "--dev", text, "--out", str(tmp_path / "shipped")])
    assert not (tmp_path / "shipped").exists()


def test_a_single_stage_is_refused_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"stage_1 holds one stage of a run\. Give the folder"):
        export.main(
            [
                "--run",
                str(folder / "run" / "stage_1"),
                "--dev",
                str(folder / "text.txt"),
                "--out",
                str(tmp_path / "out"),
            ]
        )
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_measured_is_not_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "foreign.txt").write_text("собака бежит", encoding="utf-8")
    with pytest.raises(ValueError, match="No piece of this text could be hidden"):
        export.main(
            ["--run", str(folder / "run"), "--dev", str(tmp_path / "foreign.txt"), "--out", str(tmp_path / "shipped")]
        )
    assert not (tmp_path / "shipped").exists()


def test_measuring_again_gives_the_same_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = folder / "again.json"
    weights, text = str(folder / "shipped" / nested.WEIGHTS_FILE), str(folder / "text.txt")
    evaluation.main(["--weights", weights, "--dev", text, "--out", str(again), "--steps", "4"])
    assert again.read_bytes() == (folder / "shipped" / nested.TABLE_FILE).read_bytes()
    assert "steps of one slider up that lose at most 0.015" in capsys.readouterr().out


def test_measuring_again_keeps_how_long_the_whole_was_trained(folder: Path, tmp_path: Path) -> None:
    """What a further run with --start counts from, and what the card says."""
    out, weights = tmp_path / nested.TABLE_FILE, str(folder / "shipped" / nested.WEIGHTS_FILE)
    arguments = ["--weights", weights, "--dev", str(folder / "text.txt"), "--out", str(out)]
    with pytest.raises(ValueError, match=r"accuracy\.json does not say yet how many steps .* Give --steps\."):
        evaluation.main(arguments)
    evaluation.main([*arguments, "--steps", "7"])
    evaluation.main(arguments)
    assert AccuracyTable.load(out).steps == 7
    evaluation.main([*arguments, "--steps", "9"])
    assert AccuracyTable.load(out).steps == 9


def test_slices_are_compared_with_encoders_trained_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, text, out = str(folder / "shipped" / nested.TABLE_FILE), str(folder / "text.txt"), folder / "alone"
    common = ["--table", table, "--train", text, "--dev", text, "--out", str(out), "--batch-size", "5"]
    alone.main([*common, "--steps", "3", "--shapes", "1x2x16", "2x1x32"])
    lone = LoneTable.load(out / alone.RESULT_FILE)
    assert list(lone.accuracy) == [Shape(1, 2, 16), Shape(2, 1, 32)]
    assert set(lone.steps.values()) == {3}
    assert all(0 <= figure <= 1 for figure in lone.accuracy.values())
    assert capsys.readouterr().out.count("after 3 steps  ratio") == 2

    alone.main([*common, "--steps", "2", "--shapes", "1x1x16"])
    more = LoneTable.load(out / alone.RESULT_FILE)
    assert more.steps == {**lone.steps, Shape(1, 1, 16): 2}
    assert lone.accuracy.items() <= more.accuracy.items()


def test_a_text_in_which_nothing_can_be_hidden_compares_nothing(folder: Path) -> None:
    table, out, dev = str(folder / "shipped" / nested.TABLE_FILE), folder / "nothing", folder / "unknown.txt"
    dev.write_text("собака\n狗", encoding="utf-8")
    common = ["--table", table, "--train", str(dev), "--dev", str(dev), "--out", str(out), "--steps", "1"]
    with pytest.raises(ValueError, match="No piece of this text could be hidden"):
        alone.main([*common, "--shapes", "1x1x16"])
    assert not out.exists()


@pytest.mark.parametrize(
    ("shape", "message"), [("1x1x24", "1·1·24 was not measured; the table holds 8 shapes"), ("3x1x16", "3·1·16 was")]
)
def test_a_shape_that_cannot_be_compared_is_refused_before_any_is_trained(
    folder: Path, shape: str, message: str
) -> None:
    table, text, out = str(folder / "shipped" / nested.TABLE_FILE), str(folder / "text.txt"), folder / "refused"
    common = ["--table", table, "--train", text, "--dev", text, "--out", str(out), "--steps", "1"]
    with pytest.raises(ValueError, match=message):
        alone.main([*common, "--shapes", "1x1x16", shape])
    assert not out.exists()


def test_a_word_that_is_no_shape_is_refused_by_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        alone.main(["--table", "t", "--train", "t", "--dev", "t", "--out", "o", "--steps", "1", "--shapes", "1x1"])
    assert "argument --shapes: invalid" in capsys.readouterr().err


def test_the_card_compares_with_encoders_trained_alone_where_they_are_shipped(folder: Path) -> None:
    out, text = folder / "compared", str(folder / "text.txt")
    out.mkdir()
    LoneTable({Shape(1, 2, 16): 0.5}, {Shape(1, 2, 16): 1_234}).save(out / alone.RESULT_FILE)
    export.main(["--run", str(folder / "run"), "--dev", text, "--out", str(out)])
    card, slice = (
        (out / export.CARD_FILE).read_text("utf-8"),
        AccuracyTable.load(out / nested.TABLE_FILE)[Shape(1, 2, 16)],
    )
    assert f"| 1·2·16 | {slice:.3f} | 0 | 0.500 | 1,234 | {slice / 0.5:.2f} |" in card
    assert "4 steps of 5 captions" in card
    assert "| 2·2·32 | nothing | 2 | 4 | 0.002 | Schedule(steps=4, warm_up=100, decay_share=0.5, final=0.02) |" in card
    assert "trained alone" not in (folder / "shipped" / export.CARD_FILE).read_text("utf-8")


def test_the_sample_is_at_least_six_offered_shapes() -> None:
    offered = offered_shapes(nested.nested_config(vocab_size=31, shape=Shape(6, 8, 128)))
    assert len(set(alone.SAMPLE)) >= 6
    assert set(alone.SAMPLE) <= set(offered)
