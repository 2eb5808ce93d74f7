import ast
import contextvars
from pathlib import Path
from unittest.mock import Mock

import pytest
import streamlit

from pages.frame import guard as guard_module
from pages.frame.guard import frame, guard

PAGES = sorted((Path(__file__).parents[3] / "pages").glob("*.py"))


class Restarted(Exception):
    """Stands for the exception with which Streamlit ends a run and begins the next."""


@pytest.fixture
def navigation(monkeypatch: pytest.MonkeyPatch) -> Mock:
    declared = Mock()
    monkeypatch.setattr(guard_module, "navigation", declared)
    monkeypatch.setattr(streamlit, "rerun", Mock(side_effect=Restarted))
    return declared


def test_a_page_inside_the_frame_goes_on(navigation: Mock) -> None:
    with frame():
        guard()

    navigation.assert_not_called()


def test_a_page_outside_the_frame_declares_the_pages_and_starts_again(navigation: Mock) -> None:
    with pytest.raises(Restarted):
        guard()

    navigation.assert_called_once()


def test_the_frame_ends_even_if_its_page_fails(navigation: Mock) -> None:
    with pytest.raises(RuntimeError, match="a broken page"), frame():
        raise RuntimeError("a broken page")

    with pytest.raises(Restarted):
        guard()


def test_the_frame_of_one_visitor_is_not_that_of_another(navigation: Mock) -> None:
    with frame(), pytest.raises(Restarted):
        contextvars.Context().run(guard)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_first_thing_that_a_page_does_is_to_ask_for_the_frame(page: Path) -> None:
    statements = ast.parse(page.read_text(encoding="utf-8")).body
    does = [node for node in statements[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert ast.unparse(does[0]) == "guard()"
