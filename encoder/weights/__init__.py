"""Where an encoder's parameters come from and go to."""

from encoder.weights.assembly import assemble, skeleton

__all__ = ["assemble", "skeleton"]
