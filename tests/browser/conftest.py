"""What the browser tests share: servers, a browser, and a page on which no error may be shown."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.app_server import AppServer, run_server
from tests.browser.chromium import start

IDLE = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
# What runs with the time, and not with how far one has scrolled.
NOTHING_FADES = """() => document.getAnimations().every((animation) =>
  animation.timeline !== document.timeline ||
  animation.playState !== "running" || animation.effect.getComputedTiming().endTime === Infinity)"""
TIMEOUT = 30_000  # milliseconds; two slow cores need some of it

WaitForIdle = Callable[[Page], None]
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def app_server() -> Iterator[AppServer]:
    """One server of the app for all tests that may share one."""
    with run_server() as server:
        yield server


@pytest.fixture
def fresh_server() -> Iterator[Callable[..., AppServer]]:
    """Start a server that nobody has visited yet; takes what `run_server` takes."""
    with contextlib.ExitStack() as running:
        yield lambda *options, **named: running.enter_context(run_server(*options, **named))


# One browser per file and not per session: while Playwright runs, no test in this process could use asyncio.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running browser."""
    with sync_playwright() as playwright:
        browser = start(playwright.chromium)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, fresh_server: Callable[..., AppServer]) -> Iterator[OpenPage]:
    """Open a tab of a visitor of its own: `new_page(color_scheme="dark", viewport={"width": 390, "height": 844})`.

    When the test ends, it fails if any of its tabs has shown an error in the browser's console.
    It asks for `fresh_server` so that its tabs close before the servers stop.
    """
    errors: list[str] = []
    expect.set_options(timeout=TIMEOUT)

    def note(message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        # Opened by a link to a page, Streamlit first looks for its own services below that page, and gets a 404.
        if message.type == "error" and "/_stcore/" not in url:
            errors.append(f"{message.text} ({url})")

    with contextlib.ExitStack() as opened:

        def open_page(**options: object) -> Page:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
            opened.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(TIMEOUT)
            page.on("console", note)
            page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
            return page

        yield open_page
    assert not errors, "The browser's console shows: " + "; ".join(errors)


@pytest.fixture
def page(new_page: OpenPage) -> Page:
    """One tab, 1280 pixels wide."""
    return new_page()


@pytest.fixture
def wait_for_idle() -> WaitForIdle:
    """Wait until the app on the page has run to its end, and all of it is drawn: `wait_for_idle(page)`."""

    def wait(page: Page) -> None:
        expect(page.locator(IDLE)).to_be_visible()
        # Streamlit loads what draws an element when the first one comes; until then a skeleton stands there.
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
        if page.get_by_test_id("stSidebar").count():
            expect(page.get_by_test_id("stPageLink-NavLink").first).to_be_attached()
        page.wait_for_function(NOTHING_FADES)

    return wait


@pytest.fixture
def visit(page: Page, app_server: AppServer, wait_for_idle: WaitForIdle) -> Callable[[str], Page]:
    """Go to an address of the shared server and wait until the app is idle: `visit("/attention?heads=8")`."""

    def go(address: str = "/") -> Page:
        page.goto(app_server.url + address)
        wait_for_idle(page)
        return page

    return go


@pytest.fixture
def open_address(new_page: OpenPage, app_server: AppServer, wait_for_idle: WaitForIdle) -> OpenPage:
    """Go to an address of the shared server in a new tab; wait until it is idle: `open_address("/", **PHONE)`."""

    def go(address: str, **options: object) -> Page:
        page = new_page(**options)
        page.goto(app_server.url + address)
        wait_for_idle(page)
        return page

    return go


@pytest.fixture(scope="module")
def attention_server() -> Iterator[AppServer]:
    """A server of the page with nothing but the attention view."""
    with run_server(Path(__file__).parent / "apps" / "attention_view.py") as server:
        yield server


@pytest.fixture
def open_attention(new_page: OpenPage, attention_server: AppServer, wait_for_idle: WaitForIdle) -> OpenPage:
    """Open the attention view by a link and wait until it is painted: `open_attention("?layer=1")`."""

    def go(address: str = "", before: Callable[[Page], None] = lambda page: None, **options: object) -> Page:
        page = new_page(**{"viewport": {"width": 1400, "height": 1000}, **options})
        before(page)
        page.goto(f"{attention_server.url}/{address}")
        wait_for_idle(page)
        expect(page.locator(".attention")).to_have_attribute("data-digest", re.compile("^[0-9a-f]{8}$"))
        return page

    return go


@pytest.fixture(scope="module")
def map_server() -> Iterator[AppServer]:
    """A server of the page with nothing but the encoder map."""
    with run_server(Path(__file__).parent / "apps" / "encoder_map.py") as server:
        yield server


@pytest.fixture
def open_map(new_page: OpenPage, map_server: AppServer, wait_for_idle: WaitForIdle) -> OpenPage:
    """Open the map by a link and wait until it is painted: `open_map("?layer=1")`."""

    def go(address: str = "", before: Callable[[Page], None] = lambda page: None, **options: object) -> Page:
        page = new_page(**{"viewport": {"width": 1280, "height": 1000}, **options})
        before(page)
        page.goto(f"{map_server.url}/{address}")
        wait_for_idle(page)
        expect(page.locator(".encoder-map")).to_have_attribute("data-digest", re.compile("^[0-9a-f]{8}$"))
        return page

    return go
