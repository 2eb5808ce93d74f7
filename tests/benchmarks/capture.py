"""What capturing every tensor costs, against torch's own encoder that captures nothing.

Run: python -m tests.benchmarks.capture

Both have the same parameters and get the same tokens, on one thread, in one process, in turn; torch's encoder runs as
it does by default in inference, with its fused kernel. The figure is the median of the ratios, pair by pair.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from encoder import Encoder, EncoderConfig, Limits
from encoder.weights import to_torch_encoder
from pages.frame.memory import keep_freed_memory

# (layers, heads, d_model, tokens, pairs of passes)
SHAPES = [(2, 4, 64, 16, 1500), (6, 12, 384, 32, 150), (12, 12, 768, 128, 21)]
TARGET = 1.10


def pass_of_ours(encoder: Encoder, token_ids: Tensor) -> Callable[[], object]:
    """A pass from embedded tokens to the end, every tensor kept."""
    return lambda: encoder(token_ids)


def pass_of_torch(encoder: Encoder, token_ids: Tensor) -> Callable[[], object]:
    """The same pass through torch.nn.Embedding and torch.nn.TransformerEncoder, nothing kept but the output."""
    module = to_torch_encoder(encoder).eval()
    table = nn.Embedding.from_pretrained(encoder.embedding.token_table.detach())
    positions = encoder(token_ids).embedding.position
    return lambda: module(table(token_ids) + positions)


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def median_ratio(layers: int, heads: int, d_model: int, tokens: int, pairs: int) -> tuple[float, float, float]:
    """Median seconds of ours, of torch's, and the median of their ratio pair by pair."""
    config = EncoderConfig(30_522, d_model, heads, layers, limits=Limits(d_model=d_model))
    encoder = Encoder(config).eval()
    token_ids = torch.randint(config.vocab_size, (1, tokens), generator=torch.Generator().manual_seed(0))
    ours, theirs = pass_of_ours(encoder, token_ids), pass_of_torch(encoder, token_ids)
    for _ in range(max(3, pairs // 20)):
        ours(), theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(pairs)]
    ratios = [our / their for our, their in times]
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times), statistics.median(ratios)


def main() -> None:
    """Print one row a shape."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()  # as the app does when it starts
    print(f"{'layers':>6} {'heads':>5} {'d_model':>7} {'tokens':>6} {'ours ms':>8} {'torch ms':>8} {'ratio':>6}")
    with torch.inference_mode():
        for *shape, pairs in SHAPES:
            ours, theirs, ratio = median_ratio(*shape, pairs)  # type: ignore[misc]
            layers, heads, d_model, tokens = shape
            print(
                f"{layers:>6} {heads:>5} {d_model:>7} {tokens:>6} {ours * 1e3:>8.2f} {theirs * 1e3:>8.2f} {ratio:>6.3f}"
                f"  {'holds' if ratio <= TARGET else 'misses'} (target {TARGET})"
            )


if __name__ == "__main__":
    main()
