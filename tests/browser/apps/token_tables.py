"""Tables of numbers for token maps that can be worked out by hand."""

from dataclasses import dataclass

import numpy as np

HOSTILE = ("<b>", "the", "<script>alert(1)</script>", "the", '<a href="https://example.com">', "$x$", "שלום", "the")


@dataclass(frozen=True)
class TokenTables:
    """A sentence of any length, in so many dimensions and layers: number i of a table is known from its place."""

    tokens: tuple[str, ...]
    n_dimensions: int
    n_layers: int

    @property
    def encoding(self) -> np.ndarray:
        """Signed numbers that grow from −1 to 1, row by row."""
        return np.linspace(-1, 1, len(self.tokens) * self.n_dimensions).reshape(len(self.tokens), -1).astype(np.float32)

    @property
    def sites(self) -> list[str]:
        """The sites in words."""
        steps = ("after attention was added", "after the feed-forward network was added")
        return ["at the embedding", *(f"layer {layer}, {step}" for layer in range(self.n_layers) for step in steps)]

    @property
    def groups(self) -> list[str]:
        """The layer of each site."""
        return ["x₀", *(f"layer {layer}" for layer in range(self.n_layers) for _ in range(2))]

    @property
    def norms(self) -> np.ndarray:
        """Sizes from 4 on that grow with the token and the site."""
        token, site = np.meshgrid(np.arange(len(self.tokens)), np.arange(len(self.sites)), indexing="ij")
        return (4 + token + site / 4).astype(np.float32)


EXAMPLES = {
    "plain": TokenTables(("[CLS]", "the", "cat", "sat", "[SEP]"), n_dimensions=7, n_layers=2),
    "hostile": TokenTables(HOSTILE, n_dimensions=7, n_layers=2),
    "long": TokenTables(tuple(f"word{i}" for i in range(128)), n_dimensions=512, n_layers=12),
}
