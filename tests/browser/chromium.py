"""Finds the browser that the tests drive: an installed Chromium or Chrome if there is one, else Playwright's own.

    python tests/browser/chromium.py

starts it once and says which one it is, or fails with what the browser said.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, Error, sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def installed() -> str | None:
    """The path of an installed Chromium or Chrome, if there is one."""
    on_the_path = (shutil.which(command) for command in COMMANDS)
    in_its_place = (path for path in APPLICATIONS if Path(path).exists())
    return next((path for path in (*on_the_path, *in_its_place) if path), None)


def start(chromium: BrowserType) -> Browser:
    """Start the installed browser, or Playwright's own if none is installed."""
    return chromium.launch(executable_path=installed(), args=ARGUMENTS, headless=True)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        try:
            browser = start(playwright.chromium)
        except Error as error:
            sys.exit(f"{installed() or 'The browser from Playwright'} did not start: {error.message.splitlines()[0]}")
        sys.stdout.write(f"Browser for the tests: {installed() or 'from Playwright'}, version {browser.version}\n")
        browser.close()
