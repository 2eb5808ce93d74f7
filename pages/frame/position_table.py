"""The encoder's position vectors for all places that a sentence can have, not only those of the sentence shown."""

import numpy as np

from encoder import Trace


def position_table(trace: Trace) -> np.ndarray:
    """Return the table [position, dimension] of the encoder that made this trace.

    Its first rows are the vectors of the trace, to the last bit. Raises ValueError if the encoder has no positions.
    """
    embedding, kind = trace.encoder.get_submodule("embedding"), trace.config.positions
    if kind == "none":
        raise ValueError(
            'This encoder has positions "none", so it has no table. Ask one with another kind of positions.'
        )
    name = {"sinusoidal": "sinusoids", "learned": "position_table"}[kind]
    table = dict([*embedding.named_parameters(), *embedding.named_buffers()])[name]
    return table.detach().to(trace.embedding.token.dtype).numpy()
