"""A view's script is what it shares with others and its own; shorter than in the files, the same to the browser."""

import re

import pytest

from pages.views.view_code import ASSETS, view_code

VIEWS = {
    "attention": ("address", "view"),
    "encoder_map": ("address", "view", "colours"),
    "token_maps": ("view", "colours"),
}


def lines(name: str) -> list[str]:
    return (ASSETS / f"{name}.js").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", VIEWS)
def test_only_indentation_empty_lines_and_comments_are_left_out(name: str) -> None:
    written = [line.strip() for part in (*VIEWS[name], name) for line in lines(part)]
    kept = [line for line in written if line and not line.startswith("//")]
    assert view_code(name, *VIEWS[name]).js == "\n".join(kept) + "\n"


@pytest.mark.parametrize("name", ["address", "view", "colours", *VIEWS])
def test_no_text_of_a_script_goes_over_several_lines_where_indentation_would_count(name: str) -> None:
    assert [line for line in lines(name) if line.count("`") % 2] == []


@pytest.mark.parametrize("name", VIEWS)
def test_no_view_takes_a_name_that_it_shares(name: str) -> None:
    top = [
        match[1]
        for part in (*VIEWS[name], name)
        for line in lines(part)
        if (match := re.match(r"(?:const|let|function) (\w+)", line))
    ]
    assert len(set(top)) == len(top) > 10
