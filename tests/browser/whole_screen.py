"""What every page promises on every screen: nothing lies beside a phone, and axe finds nothing."""

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


def assert_axe_finds_nothing(page: Page) -> None:
    """Fail if axe finds anything that is not Streamlit's own."""
    violations = Axe().run(page).response["violations"]
    ours = [violation for violation in violations if violation["id"] not in AXE_RULES_OF_THE_PLATFORM]
    assert not ours, [(violation["id"], node["html"]) for violation in ours for node in violation["nodes"]]
