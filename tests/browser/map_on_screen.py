"""The encoder map on the screen of a real browser: its boxes and cells, and what is said about them."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from encoder import Trace, explain
from tests.browser.apps.small_traces import EXAMPLES

TRACE = EXAMPLES["plain"].trace()
OUTPUT = "layers.1.feed_forward_norm.output"


def part(page: Page, name: str) -> Locator:
    """A part of the map by its name."""
    return page.locator(f"[data-part={name}]")


def field(page: Page, path: str) -> Locator:
    """The cells of the box of this tensor."""
    return page.locator(f'.box[data-path="{path}"] .field').first


def place(page: Page, path: str, row: int, column: int) -> tuple[float, float]:
    """The middle of a cell on the screen."""
    field(page, path).scroll_into_view_if_needed()
    box = field(page, path).bounding_box()
    assert box is not None
    n_rows, n_columns = field(page, path).evaluate("field => field.box.size")
    return box["x"] + (column + 0.5) * box["width"] / n_columns, box["y"] + (row + 0.5) * box["height"] / n_rows


def shown_number(page: Page) -> float:
    """The number on the screen; another process may add up in another order, so its last digit may differ."""
    return float(str(part(page, "value").get_attribute("title")))


def pinned_number(page: Page, path: str, index: tuple[int, ...], trace: Trace = TRACE) -> None:
    """Compare what is said about the pinned cell with the encoder's own number and arithmetic."""
    cell = f"{path}@{','.join(map(str, index))}"
    expect(part(page, "value")).to_have_attribute("data-pinned", cell)
    expect(part(page, "value")).to_have_attribute("data-cell", cell)
    assert shown_number(page) == pytest.approx(trace[path][index].item(), rel=1e-6)
    story = str(explain(trace, path, index)).partition(" = ")[2]
    expect(part(page, "arithmetic")).to_have_text(f"= {story}")


def first_step(path: str, index: tuple[int, ...], trace: Trace = TRACE) -> tuple[str, tuple[int, ...]] | None:
    """Where the first source of a cell leads, by the encoder's own account: to its one cell, or the strongest."""
    story = explain(trace, path, index)
    for source in story.sources:
        if not source.is_parameter:
            at = source.index
            if source.values.numel() > 1:
                terms = story.terms if story.terms is not None else source.values
                largest = iter(np.unravel_index(int(terms.abs().argmax()), terms.shape))
                own = index[-1] if source.name == "masked_scores" else None
                at = tuple(
                    int(next(largest) if own is None else own) if isinstance(step, slice) else step for step in at
                )
            return source.path, tuple(at)  # type: ignore[arg-type]
    return None
