from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.app_server import AppServer, run_server


def test_the_app_opens_without_a_word_of_complaint(visit: Callable[[str], Page], app_server: AppServer) -> None:
    page = visit("/")

    assert page.locator("[data-testid=stException]").count() == 0
    assert "You can now view your Streamlit app" in app_server.written()


def test_a_server_that_writes_an_exception_fails_the_test(
    tmp_path: Path, page: Page, wait_for_idle: Callable[[Page], None]
) -> None:
    script = tmp_path / "broken.py"
    script.write_text('raise RuntimeError("broken on purpose")\n', encoding="utf-8")

    def visit_it() -> None:
        with run_server(script) as server:
            page.goto(server.url)
            wait_for_idle(page)
            page.close()

    with pytest.raises(AssertionError, match="broken on purpose"):
        visit_it()
