"""A table on disk: JSON that is either read whole or refused with the command that makes it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

Table = TypeVar("Table")


def write_table(path: Path | str, content: Mapping[str, Any]) -> None:
    """Write the content as JSON, in one line."""
    Path(path).write_text(json.dumps(content) + "\n", encoding="utf-8")


def read_table(path: Path | str, parse: Callable[[Mapping[str, Any]], Table], what: str, command: str) -> Table:
    """Return what `parse` makes of the file's content; what `parse` does not find there may be a KeyError to it.

    Raises ValueError that names the file, says what it is not, and names the command that makes it.
    """
    try:
        return parse(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no table of {what} ({error}). Make it with `python -m {command}`.") from error
