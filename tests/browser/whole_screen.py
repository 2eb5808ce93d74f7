"""What every page promises on every screen: nothing lies beside a phone or is cut off, and axe finds nothing."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ #000001'
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
AXE_RULES_OF_THE_PLATFORM = {"list", "listitem"}


def assert_nothing_lies_beside_the_phone(page: Page) -> None:
    """Fail if anything, charts included, can be reached by scrolling sideways only."""
    width = PHONE["viewport"]["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    for chart in page.locator(".js-plotly-plot").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert_no_label_is_cut_off(page)


def assert_no_label_is_cut_off(page: Page) -> None:
    """Fail if a word of a chart reaches over the chart's edge, where it is not drawn."""
    cut_off = page.locator(".js-plotly-plot").evaluate_all(
        """plots => plots.flatMap(plot => {
            const inside = plot.getBoundingClientRect();
            return [...plot.querySelectorAll("text")].filter(word => {
                const box = word.getBoundingClientRect();
                return box.width > 0 && (box.left < inside.left - 0.5 || box.right > inside.right + 0.5
                    || box.top < inside.top - 0.5 || box.bottom > inside.bottom + 0.5);
            }).map(word => word.textContent);
        })"""
    )
    assert not cut_off, cut_off


def assert_axe_finds_nothing(page: Page) -> None:
    """Fail if axe finds anything that is not Streamlit's own."""
    violations = Axe().run(page).response["violations"]
    ours = [violation for violation in violations if violation["id"] not in AXE_RULES_OF_THE_PLATFORM]
    assert not ours, [(violation["id"], node["html"]) for violation in ours for node in violation["nodes"]]
