"""Turning from page to page in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def turn_to(page: Page, name: str, wait_for_idle: Callable[[Page], None]) -> None:
    """Choose a page in the menu."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    expect(page).to_have_url(re.compile(f"/{name.lower()}" if name != "Live" else r":\d+/(start)?(\?|$)"))
    wait_for_idle(page)
