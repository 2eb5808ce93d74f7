"""A view as a file: nothing in it but the view, and nothing that a visitor typed can be read as markup."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from pages.views.standalone import standalone
from pages.views.token_maps import position_file
from pages.views.view_code import ViewCode

CODE = ViewCode("<section></section>", "p { margin: 0; }", "export default function ({ data }) {\n}\n")
HOSTILE = '</script><img src=x onerror="alert(1)"> <!-- \u2028 & "x"'


class Elements(HTMLParser):
    """Collects the page as a browser would read it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags:
            self.texts.setdefault(self.tags[-1][0], data)

    def find(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_words_in_title_note_address_and_data_are_never_markup() -> None:
    page = Elements(standalone(HOSTILE, HOSTILE, CODE, HOSTILE.encode(), chosen={HOSTILE: 1}))
    assert page.find("img") == []
    assert [attributes.get("type") for attributes in page.find("script")] == ["text/plain", "module"]
    assert page.texts["h1"] == page.texts["title"] == page.texts["p"] == HOSTILE


def test_the_payload_comes_back_bit_for_bit() -> None:
    data = bytes(range(256)) * 3
    text = standalone("t", "n", CODE, data)
    sent = re.search(r'<script type="text/plain" id="data">([A-Za-z0-9+/=]+)</script>', text)
    assert sent is not None
    assert base64.b64decode(sent[1]) == data


def test_only_the_one_script_may_run_and_nothing_may_be_loaded() -> None:
    text = standalone("t", "n", CODE, b"1234")
    policy = next(attributes["content"] for attributes in Elements(text).find("meta") if "http-equiv" in attributes)
    script = re.search(r'<script type="module">(.*)</script>\n</body>', text, re.DOTALL)
    assert policy is not None
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert policy.split("; ") == ["default-src 'none'", f"script-src 'sha256-{digest}'", "style-src 'unsafe-inline'"]
    assert not re.search(r"https?://|url\(|@import", text)


@pytest.mark.parametrize("js", ["const a = 1;", "export default function (a) {}\nexport default function (b) {}"])
def test_a_script_without_one_entrance_is_refused(js: str) -> None:
    message = re.escape(f"The view's script has {js.count('export')} times 'export default function ('; it must begin")
    with pytest.raises(ValueError, match=message):
        standalone("t", "n", ViewCode("", "", js), b"")


@pytest.mark.parametrize(
    ("css", "js"), [("/* </style> */", ""), ("", "const a = '</script>';"), ("", "const a = '<!--';")]
)
def test_a_text_that_would_end_its_element_is_refused(css: str, js: str) -> None:
    with pytest.raises(ValueError, match=r"a page would end it there\. Write it differently\."):
        standalone("t", "n", ViewCode("", css, CODE.js + js), b"")


def test_hostile_tokens_stand_in_no_text_of_the_file() -> None:
    text = position_file("Positions", [HOSTILE, "b"], np.ones((2, 3), np.float32))
    assert "onerror" not in text
