"""From a key press on a sidebar control to the new numbers on the screen, against the bare page.

Run: python -m tests.benchmarks.key_to_paint, or with --page map for the encoder map in place of the attention view.

The bare page gets as many bytes as the app's view. Both pages are open in one headless Chromium, each with its own
server; the same key goes to the one, then to the other. Every press on the app asks for a pass that no earlier
press has asked for, so nothing is answered from a cache. Time runs in the browser, from the keydown event to the frame
after the canvas was drawn. The figure is the median of the ratios, pair by pair.
"""

import argparse
import json
import statistics
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.payload_sizes import BARE_PAGE, payload_sizes
from tests.browser.app_server import run_server
from tests.browser.chromium import start
from tests.browser.conftest import IDLE

TARGETS = {"live": 1.3, "map": 1.6}
PATHS = {"live": "", "map": "map"}
# Each of these is one word piece, so that every sentence has as many tokens.
WORDS = ["boy", "girl", "man", "woman", "child", "dog", "cat", "horse", "bird", "player"]
SENTENCE = "The {} is holding the dog while it is sleeping."
AT_REST = 400  # milliseconds until nothing is drawn any more
PRESSES = 7  # from one head to eight, as many as trained weights have
# Streamlit keeps a component in a shadow root, which a selector of the page does not enter by itself.
STOPWATCH = """
() => {
  const find = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.dataset && element.dataset.painted) return element;
      const inside = element.shadowRoot && find(element.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const painted = find(document);
  if (!painted) throw new Error("nothing says data-painted");
  window.pressed = new Promise((resolve) => {
    let start = 0;
    const watcher = new MutationObserver(() => {
      if (start) { watcher.disconnect(); requestAnimationFrame(() => resolve(performance.now() - start)); }
    });
    watcher.observe(painted, { attributes: true, attributeFilter: ["data-painted"] });
    addEventListener("keydown", () => { start = performance.now(); }, { capture: true, once: true });
  });
}
"""


def milliseconds(page: Page, key: str) -> float:
    """Press a key on the Heads slider; how long until the new screen is painted."""
    page.bring_to_front()
    page.get_by_role("slider", name="Heads").focus()
    page.evaluate(STOPWATCH)
    page.keyboard.press(key)
    elapsed = page.evaluate("window.pressed")
    page.wait_for_timeout(AT_REST)  # the app does not say when a short run has ended, and goes on after the painting
    page.wait_for_selector(IDLE, state="attached")
    return float(elapsed)


def visit(page: Page, url: str) -> None:
    """Open a page and wait until something is painted."""
    page.goto(url)
    page.wait_for_selector(IDLE, state="attached")
    page.get_by_role("slider", name="Heads").wait_for(state="attached")
    page.wait_for_timeout(1500)


def main() -> None:
    """Print the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sentence", default=SENTENCE, help="what is read, with {} where its words take turns")
    parser.add_argument("--page", choices=TARGETS, default="live", help="whose main view is measured")
    parser.add_argument(
        "--query", default="", help="further URL parameters of the app, such as weights=random&layers=12"
    )
    options = parser.parse_args()
    query = dict(pair.split("=", 1) for pair in options.query.split("&") if pair)
    pairs: list[tuple[float, float]] = []
    payload = payload_sizes(options.page, sentence=options.sentence.format(WORDS[0]), **query)
    sizes = {"PAYLOAD_BYTES": json.dumps(payload)}
    with run_server() as app, run_server(BARE_PAGE, environment=sizes) as bare, sync_playwright() as playwright:
        browser = start(playwright.chromium)
        ours, floor = browser.new_page(), browser.new_page()
        for word in WORDS:
            sentence = urlencode({"heads": 1, "sentence": options.sentence.format(word), **query})
            visit(floor, bare.url)
            visit(ours, f"{app.url}/{PATHS[options.page]}?{sentence}")
            pairs.extend((milliseconds(ours, "ArrowRight"), milliseconds(floor, "ArrowRight")) for _ in range(PRESSES))
    ratio = statistics.median(our / their for our, their in pairs)
    print(f"{len(pairs)} key presses; app {statistics.median(p[0] for p in pairs):.0f} ms, ", end="")
    print(f"bare page {statistics.median(p[1] for p in pairs):.0f} ms, ", end="")
    print(f"ratio {ratio:.2f} (target {TARGETS[options.page]})")


if __name__ == "__main__":
    main()
