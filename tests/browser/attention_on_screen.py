"""The attention view on the screen of a real browser: its parts, and what they say."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import FloatRect, Locator, Page

from tests.browser.apps.softmax_attention import EXAMPLES, PLAIN, SoftmaxAttention

SHOWN = EXAMPLES["plain"]


def part(page: Page, name: str) -> Locator:
    """A part of the view by its name."""
    return page.locator(f"[data-part={name}]")


def chip(page: Page, token: int) -> Locator:
    """A token above the arcs, to be chosen as the query."""
    return part(page, "chips").locator("button").nth(token)


def thumbnail(page: Page, layer: int, head: int) -> Locator:
    """The small map of a head; head -1 is the average."""
    return part(page, "heads").get_by_role("row").nth(layer + 1).locator("button").nth(head + 1)


def headline(page: Page) -> Locator:
    """What the view says first about the chosen cell."""
    return page.locator(".story-panel .title")


def point_at(page: Page, query: int, key: int) -> None:
    """Move the mouse to a cell of the matrix of the plain example."""
    part(page, "field").scroll_into_view_if_needed()
    box = box_of(part(page, "field"))
    cell = box["width"] / len(PLAIN)
    page.mouse.move(box["x"] + cell * (key + 0.5), box["y"] + cell * (query + 0.5))


def box_of(element: Locator) -> FloatRect:
    """Where an element stands on the screen."""
    box = element.bounding_box()
    assert box is not None
    return box


def exact(page: Page, name: str) -> np.float32:
    """The number on the screen with all its digits."""
    return np.float32(part(page, name).get_attribute("title"))


def finding(layer: int, head: int, query: int, key: int | None = None, shown: SoftmaxAttention = SHOWN) -> str:
    """What the headline says about a cell; without a key it is the query's strongest."""
    weights = shown.weights[layer, head] if head >= 0 else shown.weights[layer].mean(axis=0)
    key = int(weights[query].argmax()) if key is None else key
    name = f"head {head}" if head >= 0 else "average"
    share = f"{100 * weights[query, key]:#.3g} %"
    return f"layer {layer}, {name}: query {shown.tokens[query]} looks at key {shown.tokens[key]}: {share}"


def peak(layer: int, head: int, shown: SoftmaxAttention = SHOWN) -> str:
    """What stands below the small maps about a head."""
    weights = shown.weights[layer, head]
    query, key = np.unravel_index(weights.argmax(), weights.shape)
    looks = f"{shown.tokens[query]} (token {query}) looks at {shown.tokens[key]} (token {key})"
    return f"layer {layer}, head {head}: the largest weight is {100 * weights[query, key]:.1f} %, {looks}"


def address(page: Page) -> dict[str, list[str]]:
    """The parameters of the address bar."""
    return parse_qs(urlsplit(page.url).query)
