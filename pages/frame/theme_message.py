"""The theme, which Streamlit tells the browser at the start of every run, is put into words once."""

from collections.abc import Callable
from typing import Any

from streamlit.runtime import app_session

WRITER = "_populate_theme_msg"


def write_theme_once() -> None:
    """Let Streamlit read the theme from its configuration once and not six sections with every move of a control.

    That takes 1 ms, a tenth of all that a move costs the server. The function is Streamlit's own, and the version is
    pinned; a theme that is changed while the server runs is shown after a restart.
    """
    vars(app_session)[WRITER] = _written_once(vars(app_session)[WRITER])


def _written_once(write: Callable[[Any, str], None]) -> Callable[..., None]:
    written: dict[str, Any] = {}

    def copy(message: Any, section: str = "theme") -> None:
        if section not in written:
            theme = type(message)()
            write(theme, section)
            written[section] = theme
        if written[section].ByteSize():  # else a section without settings would count as given
            message.MergeFrom(written[section])

    return copy
