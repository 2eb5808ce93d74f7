"""The frame on the screen of a real browser: its controls, and what they and the address bar say."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page

CONTROLS = ("Layers", "Heads", "d_model")
TITLES = {
    "/": "What does an encoder do with your sentence?",
    "/live": "What does an encoder do with your sentence?",
    "/attention": "Which token looks at which?",
    "/position": "How does the encoder know the order of the words?",
    "/residual": "What does each sublayer add?",
}


def slider(page: Page, name: str) -> Locator:
    """The slider of this name in the menu."""
    return page.get_by_role("group", name=name, exact=True).get_by_role("slider")


def sentence(page: Page) -> Locator:
    """The field that the sentence is typed into."""
    return page.get_by_label("Sentence", exact=True)


def parameters(page: Page) -> dict[str, list[str]]:
    """The parameters of the address bar."""
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


def on_screen(page: Page) -> dict[str, str | None]:
    """Every setting as the controls show it."""
    shown: dict[str, str | None] = {name: slider(page, name).get_attribute("aria-valuetext") for name in CONTROLS}
    shown["Sentence"] = sentence(page).input_value()
    shown["Seed"] = page.get_by_label("Seed", exact=True).input_value()
    for name in ("Positions", "LayerNorm"):
        shown[name] = page.get_by_role("radiogroup", name=name).get_by_role("radio", checked=True).inner_text()
    return shown
