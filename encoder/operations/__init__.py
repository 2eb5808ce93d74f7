"""How each number of a trace is made from others: one operation a tensor, declared beside the trace's field.

A declaration names its sources cell by cell, in NumPy's way of indexing, by the axes of the cell that is made:
`DotProduct("query[batch, head, query, :]", "key[batch, head, key, :]")`.
"""

from encoder.operations.activation import Gelu, Relu
from encoder.operations.addition import Addition
from encoder.operations.cell import Cell, Values
from encoder.operations.edited import Replaced, Scaled
from encoder.operations.edited_attention import EdgeRemoved, Evened
from encoder.operations.given import Given
from encoder.operations.look_up import LookUp
from encoder.operations.masking import Masking
from encoder.operations.normalization import Mean, ScaleAndShift, Spread, Standardization
from encoder.operations.operation import Operation
from encoder.operations.products import DotProduct, Mixture, Projection
from encoder.operations.scaling import Scaling
from encoder.operations.sinusoid import Sinusoid
from encoder.operations.softmax import Softmax
from encoder.operations.source import Index, Source

__all__ = [
    "Addition",
    "Cell",
    "DotProduct",
    "EdgeRemoved",
    "Evened",
    "Gelu",
    "Given",
    "Index",
    "LookUp",
    "Masking",
    "Mean",
    "Mixture",
    "Operation",
    "Projection",
    "Relu",
    "Replaced",
    "ScaleAndShift",
    "Scaled",
    "Scaling",
    "Sinusoid",
    "Softmax",
    "Source",
    "Spread",
    "Standardization",
    "Values",
]
