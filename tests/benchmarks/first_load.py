"""How many bytes a first visit to the landing page brings over the network.

Run: python -m tests.benchmarks.first_load

Counted by Chromium itself as bytes received, of all requests and websocket frames, with an empty cache.
"""

import argparse

from playwright.sync_api import sync_playwright

from tests.benchmarks.key_to_paint import visit
from tests.browser.app_server import run_server
from tests.browser.chromium import start

TARGET_MEGABYTES = 3.2


def main() -> None:
    """Print the megabytes and the largest files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.parse_args()
    files: dict[str, tuple[str, float]] = {}
    frames = 0.0
    with run_server() as app, sync_playwright() as playwright:
        page = start(playwright.chromium).new_page()
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")

        def name(event: dict) -> None:
            files[event["requestId"]] = (event["response"]["url"].rpartition("/")[2], 0.0)

        def finish(event: dict) -> None:
            known, _ = files.get(event["requestId"], ("?", 0.0))
            files[event["requestId"]] = (known, event["encodedDataLength"])

        def frame(event: dict) -> None:
            nonlocal frames
            payload, binary = event["response"]["payloadData"], event["response"]["opcode"] == 2
            frames += len(payload) * (3 / 4 if binary else 1)  # binary frames are reported in base64

        network.on("Network.responseReceived", name)
        network.on("Network.loadingFinished", finish)
        network.on("Network.webSocketFrameReceived", frame)
        visit(page, app.url)
    total = sum(size for _, size in files.values()) + frames
    for known, size in sorted(files.values(), key=lambda file: -file[1])[:8]:
        print(f"{size / 1e6:>8.3f} MB  {known}")
    print(f"{frames / 1e6:>8.3f} MB  websocket frames")
    print(f"{total / 1e6:>8.3f} MB  in all, {len(files)} files (target {TARGET_MEGABYTES} MB)")


if __name__ == "__main__":
    main()
