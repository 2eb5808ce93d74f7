"""Links to the largest random encoder, all opened at once: how much memory they take, and how long others wait.

Run: python -m tests.benchmarks.large_links

Ten visitors open twelve layers, sixteen heads, d_model 512 and 128 tokens, each with a seed of her own, while another
visitor moves a slider of a small encoder three times a second. Then all of them leave, and somebody else comes.
"""

import argparse
import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from threading import Event
from urllib.parse import urlencode

from tests.benchmarks.classroom import memory_megabytes
from tests.benchmarks.visitor import Visitor
from tests.browser.app_server import AppServer, run_server

LARGEST = {"weights": "random", "layers": 12, "heads": 16, "d_model": 512, "sentence": " ".join(["dog"] * 126)}
SECONDS_TO_REST = 6.0  # more than the server waits before it gives memory back


async def open_link(url: str, page: str, seed: int) -> tuple[Visitor, float]:
    """Open the largest encoder with this seed; how long until its page is there."""
    query, start = urlencode({**LARGEST, "seed": seed}), time.perf_counter()
    visitor = Visitor(url, query, "Heads", page=page)
    await visitor.arrive()
    return visitor, time.perf_counter() - start


def move_about(url: str, has_come: Event, over: Event) -> list[float]:
    """Come, and move the slider until it is over; how long each move took.

    It runs in a process of its own: the links' large messages would hold up whoever reads in the same one.
    """

    async def move() -> list[float]:
        visitor, seconds = Visitor(url, urlencode({"sentence": "two dogs"}), "Heads"), list[float]()
        await visitor.arrive()
        has_come.set()
        while not over.is_set():
            seconds.append(await visitor.move("Heads", len(seconds) % 8 + 1))
            await asyncio.sleep(0.3)
        return seconds

    return asyncio.run(move())


async def watch(pid: int, over: Event) -> float:
    """Return the most memory that the process takes until it is over."""
    most = 0.0
    while not over.is_set():
        most = max(most, memory_megabytes(pid))
        await asyncio.sleep(0.05)
    return most


async def crowd(server: AppServer, page: str, links: int) -> None:
    """Let them all come, and print what it took."""
    pid, apart = server.process.pid, multiprocessing.get_context("spawn")
    with apart.Manager() as events, ProcessPoolExecutor(1, apart) as other:
        has_come, over = events.Event(), events.Event()
        moves = asyncio.get_running_loop().run_in_executor(other, move_about, server.url, has_come, over)
        await asyncio.to_thread(has_come.wait)
        at_rest = memory_megabytes(pid)
        memory = asyncio.create_task(watch(pid, over))
        opened = await asyncio.gather(*[open_link(server.url, page, seed + 1) for seed in range(links)])
        over.set()
        waits, peak = await moves, await memory
    for visitor, _ in opened:
        await visitor.leave()
    newcomer = Visitor(server.url, urlencode({"sentence": "a cat on a mat"}), "Heads")
    await newcomer.arrive()
    await newcomer.move("Heads", 2)
    await asyncio.sleep(SECONDS_TO_REST)
    print(f"{links} links at once: the last page is there after {max(took for _, took in opened):.1f} s")
    print(f"another visitor's move takes up to {max(waits) * 1e3:.0f} ms ({len(waits)} moves)")
    print(f"memory {at_rest:.0f} MB before, {peak:.0f} MB at most, {memory_megabytes(pid):.0f} MB afterwards")


def main() -> None:
    """Print the waits and the memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--links", type=int, default=10)
    parser.add_argument("--page", default="", help="which page the links open, such as from_scratch or position")
    options = parser.parse_args()
    with run_server() as server:
        asyncio.run(crowd(server, options.page, options.links))


if __name__ == "__main__":
    main()
