"""Do three engines compute the same? Ours in torch, ours in NumPy alone, and torch's own encoder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch

from encoder.edits import NO_EDITS
from encoder.model import Encoder
from encoder.numpy_encoder import forward
from encoder.trace import Trace
from encoder.weights.torch_encoder import to_torch_encoder


@final
@dataclass(frozen=True)
class EngineAgreement:
    """The largest difference of any number, between our torch encoder and the two others.

    `differences` has one entry per path of the trace, against the NumPy engine. `to_torch` compares the outputs with
    `torch.nn.TransformerEncoder`; where torch cannot represent the encoder it is None, and `why_not` says why.
    """

    differences: Mapping[str, float]
    to_torch: float | None
    why_not: str

    @property
    def to_numpy(self) -> float:
        """The largest difference of all paths."""
        return max(self.differences.values())


@torch.inference_mode()
def engine_agreement(trace: Trace) -> EngineAgreement:
    """Run both other engines now, with this trace's parameters and tokens, and compare.

    Raises ValueError if the pass had edits, which only our torch encoder knows.
    """
    encoder, key_mask = trace.encoder, trace.key_mask
    assert isinstance(encoder, Encoder)
    if trace.edits != NO_EDITS:
        raise ValueError("This pass was edited, and the other engines know no edits. Give the trace of a plain pass.")
    parameters = {name: values.numpy() for name, values in encoder.state_dict().items()}
    mask = None if key_mask is None else key_mask.numpy()
    twin = forward(trace.config, parameters, trace.token_ids.numpy(), mask)
    differences = {path: largest_difference(tensor.numpy(), twin[path]) for path, tensor in trace.items()}
    try:
        module = to_torch_encoder(encoder)
    except ValueError as error:
        return EngineAgreement(differences, None, str(error))
    output = module(trace.embedding.output, src_key_padding_mask=None if key_mask is None else ~key_mask)
    return EngineAgreement(differences, largest_difference(trace.output.numpy(), output.numpy()), "")


def largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Return max|first − second|; −∞ and −∞ do not differ.

    >>> largest_difference(np.array([1.0, -np.inf]), np.array([1.5, -np.inf]))
    0.5
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    differs = first != second
    return float(np.abs(first[differs] - second[differs]).max(initial=0.0))
