"""What each head is worth over many sentences: the effects of silencing it, averaged as they come in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.analysis.head_effects import Targets, head_effects
from encoder.model import Encoder

Question = tuple[Tensor, Tensor | None, Targets]
"""Some sentences side by side: token_ids, key_mask, and the hidden pieces that they are asked for."""


@final
@dataclass(frozen=True, eq=False)
class MeanHeadEffects:
    """The effect of silencing each head by itself, averaged over sentences and over their hidden pieces.

    `output_changes` is the mean over sentences of ‖after − before‖ / ‖before‖ of the encoder's output. The other two
    are means over hidden pieces: what silencing adds to the piece's log-probability (in nats), and to the share of
    pieces that are named rightly. `log_probability` and `accuracy` are those of the encoder with all its heads.
    Without any hidden piece these are NaN.
    """

    output_changes: Float[Tensor, "layer head"]
    log_probability_changes: Float[Tensor, "layer head"]
    accuracy_changes: Float[Tensor, "layer head"]
    log_probability: float
    accuracy: float
    n_sentences: int
    n_places: int


def mean_head_effects(encoder: Encoder, questions: Iterable[Question]) -> Iterator[MeanHeadEffects]:
    """Yield the means over all sentences so far, after each batch: who has seen enough stops and keeps what there is.

    The last one yielded is that over all; no questions yield nothing. Raises ValueError as `head_effects` does.
    """
    config = encoder.config
    output, log_probability, hit = torch.zeros(3, config.n_layers, config.n_heads, dtype=torch.float64)
    log_probability_before = hits_before = 0.0
    n_sentences = n_places = 0
    for token_ids, key_mask, targets in questions:
        effects = head_effects(encoder, token_ids, key_mask, targets)
        assert effects.targets is not None
        output = output + effects.output_changes.sum(dim=-1)
        log_probability = log_probability + effects.targets.log_probability_changes.sum(dim=-1)
        hit = hit + effects.targets.hit_changes.sum(dim=-1)
        log_probability_before += float(effects.targets.log_probability.sum())
        hits_before += float(effects.targets.is_hit.sum())
        n_sentences += len(token_ids)
        n_places += len(targets.places)
        per_place = 1 / n_places if n_places else torch.nan
        yield MeanHeadEffects(
            output_changes=output / n_sentences,
            log_probability_changes=log_probability * per_place,
            accuracy_changes=hit * per_place,
            log_probability=log_probability_before * per_place,
            accuracy=hits_before * per_place,
            n_sentences=n_sentences,
            n_places=n_places,
        )
