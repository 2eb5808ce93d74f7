"""A visitor of the app, without a browser: opens links, moves controls, reads the screen."""

from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from pages.frame.settings import NAMES, Settings
from tests.pages.payloads import split, unpack

APP = Path(__file__).parents[2] / "app.py"
PAGES = (
    "live",
    "attention",
    "map",
    "position",
    "residual",
    "predict",
    "knock_out",
    "tokens",
    "feed_forward",
    "tensors",
    "from_scratch",
)


def visit(page: str = "live", **parameters: str | list[str]) -> AppTest:
    """Open a page by a link with these URL parameters, and what the tokenizer did."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state["tokens"] = True
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    return app if page == "live" else turn_to(app, page)


def turn_to(app: AppTest, page: str) -> AppTest:
    """Choose a page in the menu."""
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def move(app: AppTest, name: str, value: Any) -> AppTest:
    """Move one control of the frame."""
    kinds = {"seed": "number_input", "sentence": "text_input", "example": "pills"}
    kinds |= dict.fromkeys(("weights", "positions", "norm"), "segmented_control")
    getattr(app, kinds.get(name, "select_slider"))(key=name).set_value(value).run()
    assert not app.exception
    return app


def settings_on_screen(app: AppTest) -> Settings:
    """Read the controls; what these weights leave no choice about has none, and keeps its default here."""
    return Settings(**{name: app.session_state[name] for name in NAMES if name in app.session_state})


def attention_on_screen(app: AppTest) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what the attention view was sent: its header, and its arrays by the names of the trace."""
    sent = app.get("bidi_component")[0].proto
    header, arrays = unpack(split(sent.bytes, 2)[0] if sent.component_name == "live_view" else sent.bytes)
    arrays["weights"] = arrays.pop("maps")[:, 1:]  # the average of the heads stands before them
    return header, arrays


def in_address(app: AppTest, name: str) -> str:
    """Read one parameter of the address bar."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[-1]


def drawn_as_markdown(app: AppTest) -> str:
    """Collect every text that the browser would read as Markdown."""
    kinds = ("markdown", "title", "header", "subheader", "caption", "info", "warning", "error", "success")
    bodies = [getattr(element, "value", "") for kind in kinds for element in app.get(kind)]
    return "\n".join([*bodies, *(expander.label for expander in app.expander)])
