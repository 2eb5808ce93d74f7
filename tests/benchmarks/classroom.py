"""Thirty visitors, each moving a slider about once a second, against the same thirty on the bare page.

Run: python -m tests.benchmarks.classroom, or with --restless, and everybody moves d_model as often as the heads.

The two servers are loaded in turn, several rounds each, in one run; every visitor of the app has a sentence of her
own, so nobody profits from another's cached pass. She does profit from her own: with eight numbers of heads, two moves
of three go back to one that she had before. Who is restless has sixty-four shapes, and most moves are to a new one.
The figures are the ratios of p50 and p99 over all moves, and the memory of the app's server after the busiest round.
"""

import argparse
import asyncio
import contextlib
import json
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from tests.benchmarks.payload_sizes import BARE_PAGE, payload_sizes
from tests.benchmarks.visitor import Visitor
from tests.browser.app_server import AppServer, run_server

SENTENCES = ["a man in a red shirt is riding a horse", "two dogs run through the snow near a lake", "the cat sat on it"]
VALUES = {"Heads": range(1, 9), "d_model": range(16, 129, 16)}


@dataclass
class Load:
    """What one server went through."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    megabytes: float = 0.0


def memory_megabytes(pid: int) -> float:
    """The memory of a process that is in use now (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(kilobytes) / 1024


async def arrive(server: AppServer, number: int, load: Load, sliders: Sequence[str]) -> Visitor | None:
    """Open the page with a sentence of one's own."""
    query = urlencode({"sentence": f"{SENTENCES[number % len(SENTENCES)]} {number}"})
    visitor = Visitor(server.url, query, *sliders)
    with counted(load, number):
        await visitor.arrive()
        return visitor
    return None


async def move_about(visitor: Visitor, number: int, seconds: float, load: Load) -> None:
    """Stay for a while, moving one of the sliders about once a second."""
    chance = random.Random(number)
    with counted(load, number):
        await asyncio.sleep(chance.random())
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            slider = chance.choice(visitor.sliders)
            value = chance.choice(VALUES[slider])
            load.seconds.append(await visitor.move(slider, value))
            await asyncio.sleep(max(0.0, chance.gauss(1.0, 0.2)))
        await visitor.leave()


@contextlib.contextmanager
def counted(load: Load, number: int) -> Iterator[None]:
    """Count whatever goes wrong for a visitor, and say it."""
    try:
        yield
    except Exception as error:
        load.errors += 1
        print(f"visitor {number}: {type(error).__name__}: {error}")


async def round_of(
    server: AppServer, visitors: int, seconds: float, load: Load, first: int, sliders: Sequence[str]
) -> None:
    """Let all visitors in, one after the other, then let them move at the same time."""
    numbers = range(first, first + visitors)
    arrived = [(number, visitor) for number in numbers if (visitor := await arrive(server, number, load, sliders))]
    await asyncio.gather(*[move_about(visitor, number, seconds, load) for number, visitor in arrived])
    load.megabytes = max(load.megabytes, memory_megabytes(server.process.pid))


def main() -> None:
    """Print p50 and p99 of both servers, their ratios, the errors and the memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20, help="length of a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each server, in turn")
    parser.add_argument("--restless", action="store_true", help="move d_model as often as the heads")
    options = parser.parse_args()
    sliders = tuple(VALUES) if options.restless else tuple(VALUES)[:1]
    ours, bare = Load(), Load()
    sizes = {"PAYLOAD_BYTES": json.dumps(payload_sizes())}
    with run_server() as app, run_server(BARE_PAGE, environment=sizes) as page:
        for turn in range(options.rounds):
            first = turn * options.visitors
            asyncio.run(round_of(page, options.visitors, options.seconds, bare, first, tuple(VALUES)[:1]))
            asyncio.run(round_of(app, options.visitors, options.seconds, ours, first, sliders))
    print(f"{'':10} {'moves':>6} {'p50 ms':>8} {'p99 ms':>8} {'errors':>7} {'MB':>6}")
    for name, load in (("the app", ours), ("bare page", bare)):
        p50, p99 = statistics.median(load.seconds) * 1e3, float(np.percentile(load.seconds, 99)) * 1e3
        print(f"{name:10} {len(load.seconds):>6} {p50:>8.1f} {p99:>8.1f} {load.errors:>7} {load.megabytes:>6.0f}")
    for name, share in (("p50", 50), ("p99", 99)):
        ratio = float(np.percentile(ours.seconds, share) / np.percentile(bare.seconds, share))
        print(f"{name} ratio {ratio:.2f} (target 1.5)")
    print(f"server memory {ours.megabytes:.0f} MB (target 450), errors {ours.errors} (target 0)")


if __name__ == "__main__":
    main()
