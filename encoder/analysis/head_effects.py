"""What each head is worth: silence it, and see how far the output moves and what becomes of the predictions."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from encoder.analysis.relative_change import relative_change
from encoder.edits import NO_EDITS, Edits, ScaleHead
from encoder.model import Encoder
from encoder.parts import PredictionTrace
from encoder.stream import stream_after
from encoder.trace import Trace


@final
@dataclass(frozen=True, eq=False)
class Targets:
    """Places whose prediction is watched, as indices into the flattened [batch · token], and the piece awaited there.

    In a batch of one sentence a place is a token's position.
    """

    places: Int[Tensor, " target"]
    pieces: Int[Tensor, " target"]


@final
@dataclass(frozen=True, eq=False)
class TargetEffects:
    """How well the awaited pieces are predicted, with all heads and without each of them.

    A log-probability is that of the awaited piece, in nats; a target is hit where no other piece is likelier.
    """

    log_probability: Float[Tensor, " target"]
    is_hit: Bool[Tensor, " target"]
    log_probability_without: Float[Tensor, "layer head target"]
    is_hit_without: Bool[Tensor, "layer head target"]

    @property
    def log_probability_changes(self) -> Float[Tensor, "layer head target"]:
        """What silencing the head adds to each log-probability; below 0, the head had helped."""
        return self.log_probability_without - self.log_probability

    @property
    def hit_changes(self) -> Float[Tensor, "layer head target"]:
        """−1 where silencing the head loses a target, 1 where it wins one, 0 elsewhere."""
        return self.is_hit_without.double() - self.is_hit.double()


@final
@dataclass(frozen=True, eq=False)
class HeadEffects:
    """The effect of silencing each head by itself; `targets` is None where no targets were given.

    `output_changes` is ‖after − before‖ / ‖before‖ of the encoder's output over each sentence's tokens; 0 where nothing
    changes, even if the output is all 0.
    """

    output_changes: Float[Tensor, "layer head batch"]
    targets: TargetEffects | None


@torch.inference_mode()
def head_effects(
    encoder: Encoder,
    token_ids: Tensor,
    key_mask: Tensor | None = None,
    targets: Targets | None = None,
    edit: Edits = NO_EDITS,
) -> HeadEffects:
    """Run the pass once as it is, and from each layer on once more for each of its heads, silenced.

    The numbers are exactly those of a pass with `Edits((*edit.edits, ScaleHead(layer, head, 0.0)))`; the layers before
    are not run again, since nothing changes there. `edit` is made in all passes.

    Raises ValueError if targets are given to an encoder without a prediction head, or stand outside of the sentences
    or the vocabulary.
    """
    config = encoder.config
    if targets is not None:
        _check_targets(targets, encoder, token_ids.numel())
    plain: Trace = encoder(token_ids, key_mask, edit)
    places = torch.ones_like(token_ids, dtype=torch.bool) if plain.key_mask is None else plain.key_mask
    length_before = _norm(plain.output, places)
    before = None if targets is None else _read(plain.prediction, targets)
    output_changes, log_probabilities, hits = [], [], []
    for layer in range(config.n_layers):
        for head in range(config.n_heads):
            silenced = Edits((*edit.edits, ScaleHead(layer, head, 0.0)))
            output, prediction = _again(encoder, plain, silenced, layer, predict=targets is not None)
            output_changes.append(relative_change(_norm(output - plain.output, places), length_before))
            if targets is not None:
                log_probability, is_hit = _read(prediction, targets)
                log_probabilities.append(log_probability)
                hits.append(is_hit)

    def by_head(rows: list[Tensor]) -> Tensor:
        return torch.stack(rows).unflatten(0, (config.n_layers, config.n_heads))

    effects = None if before is None else TargetEffects(*before, by_head(log_probabilities), by_head(hits))
    return HeadEffects(by_head(output_changes), effects)


def _again(
    encoder: Encoder, plain: Trace, edit: Edits, first: int, predict: bool
) -> tuple[Tensor, PredictionTrace | None]:
    """The encoder's output, and its prediction, with these edits, of which none in the layers before `first` is new."""
    x = plain[stream_after(first, encoder.config)]
    for layer in range(first, encoder.config.n_layers):
        x = encoder.layers[layer](x, plain.key_mask, edit.inside(f"layers.{layer}")).output
    final_norm, prediction = encoder.read_out(x, edit, predict)
    return x if final_norm is None else final_norm.output, prediction


def _norm(x: Tensor, places: Tensor) -> Float[Tensor, " batch"]:
    """‖x‖ over the tokens that are no padding."""
    return torch.linalg.vector_norm(x.double() * places[..., None], dim=(1, 2))


def _read(prediction: PredictionTrace | None, targets: Targets) -> tuple[Tensor, Tensor]:
    """The log-probability of each awaited piece, and whether it is the likeliest."""
    assert prediction is not None
    logits = prediction.logits.flatten(0, 1)[targets.places].double()
    log_probabilities = logits.log_softmax(dim=-1)
    is_hit = logits.argmax(dim=-1) == targets.pieces
    return log_probabilities.gather(-1, targets.pieces[:, None]).squeeze(-1), is_hit


def _check_targets(targets: Targets, encoder: Encoder, n_places: int) -> None:
    if not encoder.config.prediction_head:
        raise ValueError(
            "This encoder has no prediction head, so it predicts no target. "
            "Leave the targets out, or give an encoder whose config has prediction_head=True."
        )
    for name, values, size in (
        ("place", targets.places, n_places),
        ("piece", targets.pieces, encoder.config.vocab_size),
    ):
        if values.dtype != torch.int64 or values.shape != targets.places.shape or values.ndim != 1:
            raise ValueError(
                f"The {name}s of the targets are {values.dtype} {tuple(values.shape)}; "
                "places and pieces must be torch.int64 [target], as many of the one as of the other."
            )
        wrong = values[(values < 0) | (values >= size)]
        if len(wrong):
            raise ValueError(f"There is no {name} {int(wrong[0])}; give targets with {name}s from 0 to {size - 1}.")
