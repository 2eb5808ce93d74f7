"""Several views as one component: for the server and for the browser, each component and each message has its price."""

from collections.abc import Sequence
from typing import final

import streamlit as st

from pages.views.payload import join
from pages.views.view_code import ViewCode, script, with_entrance

CSS = "template ~ div + template + div { margin-top: 1rem; }"


@final
class ViewGroup:
    """Views that stand one below the other and get their payloads together.

    Each has its own shadow root in the browser and its own block in the script, so that it need not know of the others.
    """

    def __init__(self, name: str, codes: Sequence[ViewCode]) -> None:
        blocks = [f"{{\n{with_entrance(code.js, f'show[{i}] = function (')}\n}}" for i, code in enumerate(codes)]
        views = [f"<template><style>{code.css}</style>{code.html}</template>" for code in codes]
        js = "\n".join(["const show = [];", *blocks, script("view_group")])
        self._component = st.components.v2.component(name, html="".join(views), css=CSS, js=js)
        self._name = name

    def draw(self, *payloads: bytes) -> None:
        """Draw all views; the payloads come in the order in which the views were named."""
        self._component(data=join(payloads), key=self._name)
