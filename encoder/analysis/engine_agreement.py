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

    `differences` has one entry per path of the trace, against the NumPy engine; `largest_number` is the largest size of
    any computed number, and says how much such a difference is. `to_torch` compares the outputs with
    `torch.nn.TransformerEncoder`; where torch cannot represent the encoder it is None, and `why_not` says why.
    """

    differences: Mapping[str, float]
    largest_number: float
    to_torch: float | None
    why_not: str

    @property
    def to_numpy(self) -> float:
        """The largest difference of all paths; NaN if any of them is, since then the engines do not agree."""
        return float(np.max(list(self.differences.values())))


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
    largest_number = max(largest_size(tensor.numpy()) for _, tensor in trace.items() if tensor.is_floating_point())
    try:
        module = to_torch_encoder(encoder)
    except ValueError as error:
        return EngineAgreement(differences, largest_number, None, str(error))
    output = module(trace.embedding.output, src_key_padding_mask=None if key_mask is None else ~key_mask)
    to_torch = largest_difference(trace.output.numpy(), output.numpy())
    return EngineAgreement(differences, largest_number, to_torch, "")


def largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Return max|first − second|; −∞ and −∞ do not differ, and where one number is NaN, the difference is.

    >>> largest_difference(np.array([1.0, -np.inf]), np.array([1.5, -np.inf]))
    0.5
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    differs = first != second
    return float(np.abs(first[differs] - second[differs]).max(initial=0.0))


def largest_size(values: np.ndarray) -> float:
    """Return max|x| of the finite numbers.

    >>> largest_size(np.array([1.0, -2.5, -np.inf]))
    2.5
    """
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
