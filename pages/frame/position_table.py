"""The encoder's position vectors for all places that a sentence can have, and which of its dimensions to look at."""

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


def telling_dimensions(d_model: int) -> list[int]:
    """Return dimensions from the fastest pair to the slowest, few enough to choose from with a finger.

    >>> telling_dimensions(16), telling_dimensions(64)[-5:]
    ([0, 1, 2, 3, 4, 6, 8, 12, 14, 15], [24, 32, 48, 62, 63])
    """
    steps = {2**power * odd for power in range(9) for odd in (1, 1.5)}
    return sorted({0, d_model - 2, d_model - 1, *(int(step) for step in steps if step < d_model - 2)})
