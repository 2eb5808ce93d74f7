"""The theme is put into words once, and the words are Streamlit's own."""

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from pages.frame.theme_message import WRITER, write_theme_once

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar")


def test_a_section_without_settings_stays_unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, WRITER, lambda _message, _section: None)
    write_theme_once()
    for _ in range(2):
        told = CustomThemeConfig()
        vars(app_session)[WRITER](told.sidebar, "theme.sidebar")
        assert not told.HasField("sidebar")


def test_every_run_tells_the_browser_what_streamlit_would_have_told_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def write(message: CustomThemeConfig, section: str) -> None:
        asked.append(section)
        message.primary_color = f"the colour of {section}"
        message.heading_font_sizes.extend(["2rem", "1rem"])

    monkeypatch.setattr(app_session, WRITER, write)
    write_theme_once()
    for _ in range(3):
        for section in SECTIONS:
            told, expected = CustomThemeConfig(), CustomThemeConfig()
            vars(app_session)[WRITER](told, *([] if section == "theme" else [section]))
            write(expected, section)
            asked.pop()
            assert told == expected
    assert asked == list(SECTIONS)
