"""Growing: each stage trains what it may, on top of the stages before, and a killed run ends as another does."""

from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest
import torch
from torch import Tensor

from encoder import Encoder
from encoder.learning.growth import STAGES, Stage, grow
from encoder.learning.nested import nested_config
from encoder.learning.nested_loss import is_among
from encoder.learning.training import STATE_FILE, Checkpoint
from encoder.learning.training_state import read_parameters
from encoder.weights.nested import Shape, offered_shapes, slice_parameters
from tests.encoder.learning.killed import killed_at
from tests.encoder.learning.small_run import CAPTIONS, LINES, RECIPE, small_encoder

SMALL, WIDE = Shape(2, 1, 16), Shape(1, 2, 32)
GROWTH = (
    Stage((SMALL,), 3, 2e-3),
    Stage((WIDE,), 2, 3e-3, kept=(SMALL,)),
    Stage((Shape(2, 2, 32),), 4, 1e-3, kept=(SMALL, WIDE)),
)


def block(encoder: Encoder, shape: Shape) -> dict[str, Tensor]:
    parameters = {name: values.detach().clone() for name, values in encoder.named_parameters()}
    return slice_parameters(parameters, encoder.config, shape)


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def test_a_finished_slice_is_not_touched_by_later_stages(tmp_path: Path) -> None:
    after_one, after_two, after_all = small_encoder(), small_encoder(), small_encoder()
    grow(after_one, CAPTIONS, RECIPE, GROWTH[:1], tmp_path / "one")
    grow(after_two, CAPTIONS, RECIPE, GROWTH[:2], tmp_path / "two")
    grow(after_all, CAPTIONS, RECIPE, GROWTH, tmp_path / "all")
    assert not same(block(small_encoder(), SMALL), block(after_one, SMALL))
    assert same(block(after_one, SMALL), block(after_all, SMALL))
    assert not same(block(after_one, WIDE), block(after_two, WIDE))
    assert same(block(after_two, WIDE), block(after_all, WIDE))
    assert not same(block(after_two, Shape(2, 2, 32)), block(after_all, Shape(2, 2, 32)))


def test_what_no_leader_offers_stays_as_it_was(tmp_path: Path) -> None:
    encoder = small_encoder()
    grow(encoder, CAPTIONS, RECIPE, [Stage((SMALL, WIDE), 3, 2e-3)], tmp_path)
    name = "layers.1.feed_forward.W_1"
    before, after = (dict(one.named_parameters())[name] for one in (small_encoder(), encoder))
    rows, columns = block(encoder, SMALL)[name].shape
    changed = before != after
    assert changed[:rows, :columns].float().mean() > 0.9
    changed[:rows, :columns] = False
    assert not changed.any()
    assert not same(block(small_encoder(), WIDE), block(encoder, WIDE))


def test_each_stage_follows_its_own_recipe_and_schedule(tmp_path: Path) -> None:
    stages = (Stage((SMALL, WIDE), 3, 2e-3, 4), Stage((Shape(2, 2, 32),), 2, 3e-3, 2, (SMALL,)))
    grow(small_encoder(), CAPTIONS, replace(RECIPE, earlier_steps=7), stages, tmp_path)
    own = [
        replace(RECIPE, learning_rate=2e-3, earlier_steps=7, leaders=("2·1·16", "1·2·32"), n_slices=4),
        replace(RECIPE, learning_rate=3e-3, earlier_steps=10, leaders=("2·2·32",), n_slices=2, kept=("2·1·16",)),
    ]
    for index, (stage, recipe) in enumerate(zip(stages, own, strict=True)):
        _, facts = read_parameters(tmp_path / f"stage_{index + 1}" / STATE_FILE)
        assert (facts["recipe"], facts["schedule"]) == (repr(recipe), repr(stage.schedule))


def test_a_finished_result_stays_when_another_run_is_refused(tmp_path: Path) -> None:
    grow(small_encoder(), CAPTIONS, RECIPE, GROWTH, tmp_path)
    finished = (tmp_path / STATE_FILE).read_bytes()
    longer = replace(GROWTH[0], steps=5)
    with pytest.raises(ValueError, match="was begun with recipe"):
        grow(small_encoder(), CAPTIONS, RECIPE, (longer, *GROWTH[1:]), tmp_path)
    assert (tmp_path / STATE_FILE).read_bytes() == finished


def test_a_stage_on_top_of_other_numbers_is_not_resumed(tmp_path: Path) -> None:
    grow(small_encoder(), CAPTIONS, RECIPE, GROWTH[:1], tmp_path)
    other = small_encoder()
    with torch.no_grad():
        other.layers[0].feed_forward.W_1[0, 0] += 1
    with pytest.raises(ValueError, match=r"was begun with parameters .* Give the same again to resume it"):
        grow(other, CAPTIONS, RECIPE, GROWTH[:1], tmp_path)


def test_a_stage_without_leaders_is_refused() -> None:
    with pytest.raises(ValueError, match="A stage needs at least one leader"):
        Stage((), 1, 1e-3)


def test_a_leader_may_be_a_slice_of_another(tmp_path: Path) -> None:
    encoder, whole = small_encoder(), Shape(2, 2, 32)
    grow(encoder, CAPTIONS, RECIPE, [Stage((SMALL, whole), 3, 2e-3)], tmp_path)
    alone = small_encoder()
    grow(alone, CAPTIONS, RECIPE, [Stage((whole,), 3, 2e-3)], tmp_path / "alone")
    for shape in (SMALL, whole):
        assert not same(block(small_encoder(), shape), block(encoder, shape))
        assert not same(block(alone, shape), block(encoder, shape))


@pytest.mark.parametrize("step", [2, 3])
def test_a_killed_run_ends_as_an_uninterrupted_one(tmp_path: Path, step: int) -> None:
    """Step 2 is first met in the first stage, and step 3 in the last."""
    uninterrupted, resumed = small_encoder(), small_encoder()
    grow(uninterrupted, CAPTIONS, RECIPE, GROWTH, tmp_path / "one", checkpoint_every=2)
    with killed_at(step):
        grow(small_encoder(), CAPTIONS, RECIPE, GROWTH, tmp_path / "two", checkpoint_every=2)
    grow(resumed, CAPTIONS, RECIPE, GROWTH, tmp_path / "two", checkpoint_every=2)
    assert same(dict(resumed.named_parameters()), dict(uninterrupted.named_parameters()))


def test_the_whole_and_what_it_was_made_by_are_put_on_record(tmp_path: Path) -> None:
    encoder = small_encoder()
    seen: list[tuple[int, Shape, int]] = []

    def watch(stage: int, encoder: Encoder, checkpoint: Checkpoint) -> None:
        config = encoder.config
        seen.append((stage, Shape(config.n_layers, config.n_heads, config.d_model), checkpoint.step))

    grow(encoder, CAPTIONS, RECIPE, GROWTH, tmp_path, 500, watch)
    parameters, facts = read_parameters(tmp_path / STATE_FILE)
    assert same(parameters, dict(encoder.named_parameters()))
    assert (facts["step"], facts["captions"], facts["recipe"]) == (9, len(LINES), repr(RECIPE))
    assert [(stage["leaders"], stage["kept"], stage["steps"], stage["learning_rate"]) for stage in facts["stages"]] == [
        (["2·1·16"], [], 3, 2e-3),
        (["1·2·32"], ["2·1·16"], 2, 3e-3),
        (["2·2·32"], ["2·1·16", "1·2·32"], 4, 1e-3),
    ]
    assert seen == [(0, SMALL, 3), (1, WIDE, 2), (2, Shape(2, 2, 32), 4)]


def test_a_stage_that_does_not_fit_is_refused_before_any_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_layers is 3; these nested parameters have slices of 1 to 2"):
        grow(small_encoder(), CAPTIONS, RECIPE, [GROWTH[0], Stage((Shape(3, 1, 16),), 1, 1e-3)], tmp_path / "run")
    with pytest.raises(ValueError, match="The stage keeps all of its leader 2·1·16, so that it cannot learn"):
        grow(
            small_encoder(),
            CAPTIONS,
            RECIPE,
            [GROWTH[0], Stage((WIDE, SMALL), 1, 1e-3, kept=(Shape(2, 1, 32),))],
            tmp_path / "run",
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("2x2x32 5 .1", r"'2x2x32 5 \.1' is no stage; write leaders, steps, learning rate and number of slices"),
        ("2x2 5 .1 2", r"'2x2' is no shape"),
        ("2x2x32 five .1 2", r"'2x2x32 five \.1 2' is no stage"),
        ("2x2x32 5 fast 2", r"'2x2x32 5 fast 2' is no stage"),
        ("2x2x32 0 .1 2", r"steps is 0; a run needs at least 1"),
        ("2x2x32 5 nan 2", r"The learning rate is nan; give a number"),
        ("2x2x32 5 .1 -1", r"n_slices is -1"),
        ("2x2x32 5 .1 2 all", r"'all' is no shape"),
    ],
)
def test_words_that_are_no_stage_are_refused(words: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stage.parse(words.split())


def test_the_stages_that_are_given_train_every_shape_that_is_offered() -> None:
    shape = reduce(Shape.join, (stage.shape for stage in STAGES))
    config = nested_config(vocab_size=31, shape=shape)
    shapes = offered_shapes(config)
    assert len(shapes) == 384
    for stage in STAGES:
        stage.check(config)
    assert all(
        any(is_among(each, stage.leaders) and not is_among(each, stage.kept) for stage in STAGES) for each in shapes
    )
