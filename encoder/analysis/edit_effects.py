"""What an edit does downstream: by how much every later tensor differs from the pass without it."""

from dataclasses import dataclass
from math import inf
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.linalg import vector_norm

from encoder.analysis.relative_change import relative_change
from encoder.declaration import declared_paths
from encoder.parts import LayerTrace
from encoder.stream import LAYER_READS
from encoder.trace import Trace, describe, token_axis


@final
@dataclass(frozen=True, eq=False)
class RelativeChanges:
    """‖after − before‖ / ‖before‖ of every computed tensor, in the order of computation.

    `changes` takes each sentence's tensor as a whole, `token_changes` each token's part of it (of attention's maps: the
    rows of the token that looks). Padding is left out of the whole, and has NaN as a token.
    `layer_changes` are the same numbers laid out as a map: `layer_sites` are the paths within a layer.
    """

    paths: tuple[str, ...]
    changes: Float[Tensor, "path batch"]
    token_changes: Float[Tensor, "path batch token"]
    layer_sites: tuple[str, ...]
    layer_changes: Float[Tensor, "layer site batch"]
    layer_token_changes: Float[Tensor, "layer site batch token"]


def relative_changes(before: Trace, after: Trace) -> RelativeChanges:
    """Compare two passes of one encoder over equally long sentences, as a rule without and with an edit.

    Before the first edit's site, all changes are exactly 0. A score that is masked in one of the passes is left out of
    both, since −∞ has no difference. Where `before` is all 0, the change is 0 if `after` is too, and else ∞.
    The inputs, token_ids and key_mask, are no numbers that a share could be taken of, and are not compared.

    Raises ValueError if the passes have different configs, or sentences of different sizes.
    """
    _check_alike(before, after)
    places = _places(before, after)
    recorded = dict(before.items())
    paths = tuple(path for path, tensor in recorded.items() if tensor.is_floating_point())
    afterwards = dict(after.items())
    norms = torch.stack([_norms(path, recorded[path], afterwards[path], places) for path in paths])
    token_changes = relative_change(*norms.unbind(dim=1)).masked_fill(~places, torch.nan)
    changes = relative_change(*vector_norm(norms.where(places, 0.0), dim=-1).unbind(dim=1))

    config = before.config
    sites = tuple(declared_paths(LayerTrace, config, order=lambda config: list(LAYER_READS[config.norm])))
    row = {path: at for at, path in enumerate(paths)}
    rows = torch.tensor([[row[f"layers.{layer}.{site}"] for site in sites] for layer in range(config.n_layers)])
    return RelativeChanges(paths, changes, token_changes, sites, changes[rows], token_changes[rows])


def _check_alike(before: Trace, after: Trace) -> None:
    if before.config != after.config:
        raise ValueError(
            f"The passes are of two configs, {before.config} and {after.config}; give two passes of one encoder."
        )
    sizes = tuple(tuple(trace.token_ids.shape) for trace in (before, after))
    if sizes[0] != sizes[1]:
        raise ValueError(
            f"The sentences are {sizes[0]} and {sizes[1]} large, [batch, token]; give two passes over one size."
        )


def _places(before: Trace, after: Trace) -> Bool[Tensor, "batch token"]:
    """Where a token is no padding in either pass."""
    places = torch.ones_like(before.token_ids, dtype=torch.bool)
    for mask in (before.key_mask, after.key_mask):
        places = places if mask is None else places & mask
    return places


def _norms(path: str, before: Tensor, after: Tensor, places: Tensor) -> Float[Tensor, "2 batch token"]:
    """Each token's ‖after − before‖ and ‖before‖; what is masked in a pass, −∞, counts for nothing."""
    if torch.equal(before, after):  # no edit has come yet
        return torch.zeros(2, *places.shape, dtype=torch.float64)
    axes = describe(path).axes
    difference, before = after.detach() - before.detach(), before.detach()
    if "key" in axes:
        hidden = (before == -inf) | (after == -inf) | ~places[:, None, None, :]
        difference, before = difference.masked_fill(hidden, 0.0), before.masked_fill(hidden, 0.0)
    others = [at for at, axis in enumerate(axes) if at != token_axis(path) and axis != "batch"]
    norms = [
        vector_norm(x, dim=others, dtype=torch.float64) if others else x.double().abs() for x in (difference, before)
    ]
    return torch.stack([norm.expand(places.shape) for norm in norms])
