"""Where an encoder's parameters come from and go to: checkpoints, and torch's own encoder."""

from encoder.weights.assembly import assemble, skeleton
from encoder.weights.checkpoint import load, save
from encoder.weights.nested import NestedEncoder, Shape
from encoder.weights.torch_encoder import from_torch_encoder, to_torch_encoder

__all__ = ["NestedEncoder", "Shape", "assemble", "from_torch_encoder", "load", "save", "skeleton", "to_torch_encoder"]
