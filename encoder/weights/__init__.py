"""Where an encoder's parameters come from and go to."""

from encoder.weights.assembly import assemble, skeleton
from encoder.weights.checkpoint import load, save

__all__ = ["assemble", "load", "save", "skeleton"]
