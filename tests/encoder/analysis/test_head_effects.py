"""What a head is worth is what happens when it is silenced: each figure is that of the edited pass itself."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from encoder import NO_EDITS, Edits, Encoder, RemoveEdge, Replace, ScaleHead
from encoder.analysis import MeanHeadEffects, Targets, head_effects, mean_head_effects
from tests.encoder.conftest import prime_config, some_mask, some_tokens

CONFIG = {
    norm: prime_config(norm=norm, positions="learned", embedding_norm=True, prediction_head=True)
    for norm in ("post", "pre")
}
PLACES = torch.tensor([2, 9, 11 + 4])
PIECES = torch.tensor([7, 0, 30])
HEADS = [(layer, head) for layer in range(2) for head in range(3)]


@pytest.fixture
def encoder(norm: str) -> Encoder:
    return Encoder(CONFIG[norm])


EDITS = {
    "none": NO_EDITS,
    "in the layers": Edits((RemoveEdge(0, 1, 2, 4), ScaleHead(1, 0, 2.0))),
    "in the prediction head": Edits((Replace("prediction.activation", torch.ones(2, 11, 13).cumsum(1).sin()),)),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("masked", [False, True])
def test_each_figure_is_that_of_the_edited_pass(encoder: Encoder, edit: Edits, masked: bool) -> None:
    ids, mask = some_tokens(encoder.config), some_mask() if masked else None
    effects = head_effects(encoder, ids, mask, Targets(PLACES, PIECES), edit)
    assert effects.targets is not None
    plain = encoder(ids, mask, edit)
    for layer, head in HEADS:
        without = encoder(ids, mask, Edits((*edit.edits, ScaleHead(layer, head, 0.0))))
        for sentence in range(2):
            seen = some_mask()[sentence] if masked else torch.ones(11, dtype=torch.bool)
            before, after = (trace.output[sentence, seen].detach().double() for trace in (plain, without))
            expected = float((after - before).norm() / before.norm())
            assert float(effects.output_changes[layer, head, sentence]) == pytest.approx(expected, rel=1e-6)
        logits = without.prediction.logits.flatten(0, 1)[PLACES].detach()
        expected_loss = cross_entropy(logits.double(), PIECES, reduction="none")
        assert torch.allclose(effects.targets.log_probability_without[layer, head], -expected_loss, rtol=1e-12)
        assert torch.equal(effects.targets.is_hit_without[layer, head], logits.argmax(dim=-1) == PIECES)
    before = -cross_entropy(plain.prediction.logits.flatten(0, 1)[PLACES].detach().double(), PIECES, reduction="none")
    assert torch.allclose(effects.targets.log_probability, before, rtol=1e-12)
    changes = effects.targets.log_probability_without - before
    assert torch.allclose(effects.targets.log_probability_changes, changes, rtol=1e-12)


def test_where_the_output_is_0_with_and_without_the_head_nothing_changes(encoder: Encoder) -> None:
    with torch.no_grad():
        last = encoder.final_norm or encoder.layers[-1].feed_forward_norm
        last.gamma.zero_()
        last.beta.zero_()
    assert head_effects(encoder, some_tokens(encoder.config)).output_changes.eq(0).all()


def test_a_head_that_hands_over_nothing_is_worth_nothing(encoder: Encoder) -> None:
    with torch.no_grad():
        encoder.get_parameter("layers.1.attention.W_O")[5:10] = 0.0
    effects = head_effects(encoder, some_tokens(encoder.config), targets=Targets(PLACES, PIECES))
    assert effects.targets is not None
    assert (effects.output_changes[1, 1] == 0).all()
    assert (effects.targets.log_probability_changes[1, 1] == 0).all()
    assert (effects.output_changes[[0, 0, 0, 1, 1], [0, 1, 2, 0, 2]] > 0).all()


def test_a_lost_hit_counts_minus_one_and_a_won_one_plus_one() -> None:
    encoder, ids = Encoder(CONFIG["post"]), some_tokens(CONFIG["post"])
    places = torch.arange(22)
    choices = encoder(ids).prediction.logits.argmax(dim=-1).flatten()
    silenced = encoder(ids, edit=Edits((ScaleHead(0, 1, 0.0),))).prediction.logits.argmax(dim=-1).flatten()
    moved = choices != silenced
    assert moved.any()
    for pieces, change in ((choices, -1.0), (silenced, 1.0)):
        effects = head_effects(encoder, ids, targets=Targets(places, pieces)).targets
        assert effects is not None
        assert torch.equal(effects.hit_changes[0, 1], moved.double() * change)


def test_without_targets_no_prediction_head_is_needed() -> None:
    encoder = Encoder(prime_config())
    assert head_effects(encoder, some_tokens(encoder.config)).targets is None
    with pytest.raises(ValueError, match=r"no prediction head, so it predicts no target\. Leave the targets out"):
        head_effects(encoder, some_tokens(encoder.config), targets=Targets(PLACES, PIECES))


@pytest.mark.parametrize(
    ("places", "pieces", "message"),
    [
        (torch.tensor([22]), torch.tensor([0]), "no place 22; give targets with places from 0 to 21"),
        (torch.tensor([-1]), torch.tensor([0]), "no place -1; give targets"),
        (torch.tensor([0]), torch.tensor([31]), "no piece 31; give targets with pieces from 0 to 30"),
        (torch.tensor([0.0]), torch.tensor([0]), r"places of the targets are torch.float32 \(1,\); .* torch.int64"),
        (torch.tensor([0, 1]), torch.tensor([0]), r"pieces of the targets are torch.int64 \(1,\); .* as many"),
    ],
)
def test_targets_that_cannot_be_are_refused(places: Tensor, pieces: Tensor, message: str) -> None:
    encoder = Encoder(CONFIG["post"])
    with pytest.raises(ValueError, match=message):
        head_effects(encoder, some_tokens(encoder.config), targets=Targets(places, pieces))


def test_the_running_means_are_means_over_sentences_and_hidden_pieces(encoder: Encoder) -> None:
    ids, mask = some_tokens(encoder.config), some_mask()
    first = (ids, mask, Targets(PLACES, PIECES))
    second = (some_tokens(encoder.config, length=7, seed=1)[:1], None, Targets(torch.tensor([3]), torch.tensor([2])))
    means = list(mean_head_effects(encoder, [first, second]))
    assert [(mean.n_sentences, mean.n_places) for mean in means] == [(2, 3), (3, 4)]
    parts = [head_effects(encoder, *question) for question in (first, second)]
    targets = [part.targets for part in parts if part.targets is not None]
    expected = {
        "output_changes": torch.cat([part.output_changes for part in parts], dim=-1).mean(dim=-1),
        "log_probability_changes": torch.cat([part.log_probability_changes for part in targets], dim=-1).mean(dim=-1),
        "accuracy_changes": torch.cat([part.hit_changes for part in targets], dim=-1).mean(dim=-1),
    }
    for name, values in expected.items():
        torch.testing.assert_close(getattr(means[-1], name), values)
    assert means[-1].log_probability == pytest.approx(float(torch.cat([p.log_probability for p in targets]).mean()))
    assert means[-1].accuracy == pytest.approx(float(torch.cat([p.is_hit for p in targets]).double().mean()))


def test_who_stops_early_has_run_no_further_sentence(encoder: Encoder) -> None:
    asked = []

    def questions() -> object:
        for seed in range(5):
            asked.append(seed)
            yield some_tokens(encoder.config, seed=seed), None, Targets(PLACES, PIECES)

    running = mean_head_effects(encoder, questions())  # type: ignore[arg-type]
    kept: list[MeanHeadEffects] = [next(running), next(running)]
    assert asked == [0, 1]
    assert kept[-1].n_sentences == 4


def test_without_a_hidden_piece_there_is_no_mean_of_predictions() -> None:
    encoder = Encoder(CONFIG["post"])
    nothing = torch.empty(0, dtype=torch.int64)
    (mean,) = mean_head_effects(encoder, [(some_tokens(encoder.config), None, Targets(nothing, nothing))])
    assert mean.log_probability_changes.isnan().all()
    assert mean.accuracy != mean.accuracy
    assert mean.output_changes.isfinite().all()
