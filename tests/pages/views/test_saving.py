"""What the browser says is chosen when a view is saved is taken as numbers, and nothing else of it."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.views.saving import chosen_when_saved, tell_when_saved

    st.json(chosen_when_saved())
    tell_when_saved("attention.html", "lastChosen")


@pytest.mark.parametrize(
    ("told", "chosen"),
    [
        ('{"layer":1,"head":-1,"query":3,"key":null,"isLinked":false}', '{"layer": 1, "head": -1, "query": 3}'),
        ('{"values":2,"mass":0.5,"rescale":true}', '{"values": 2, "mass": 0.5, "rescale": true}'),
        ('{"layer":"<b>","head":1e9,"query":true,"mass":"1","rescale":1,"other":5}', "{}"),
        ("null", "{}"),
        ("[1, 2]", "{}"),
        ("{", "{}"),
        (f'{{"layer":1,"head":{"0" * 600}1}}', "{}"),
        (5, "{}"),
    ],
)
def test_only_numbers_of_known_names_are_taken(told: Any, chosen: str) -> None:
    app = AppTest.from_function(page)
    app.session_state["saving"] = {"chosen": told}
    app.run()
    assert not app.exception
    assert app.json[0].value == chosen
