"""The README's links lead somewhere, and its examples print what it says."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)


def links(text: str) -> list[str]:
    """The targets of all links and pictures, Markdown's and HTML's."""
    prose = without_code(text)
    return re.findall(r"\]\(\s*<?([^)\s>]+)", prose) + re.findall(r"""(?:href|src)=["']([^"']+)""", prose)


def anchors(text: str) -> set[str]:
    """The anchors of all headings, named as GitHub names them."""
    headings = re.findall(
        r"^#+ +(.*?)[ #]*$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(text: str, folder: Path) -> list[str]:
    """All links within the project that lead nowhere."""
    dead = []
    for link in links(text):
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        path, _, anchor = link.partition("#")
        target = folder / path
        if path and not target.exists():
            dead.append(link)
        elif anchor and target.suffix in ("", ".md"):
            inside = target.read_text(encoding="utf-8") if path else text
            dead += [link] * (anchor not in anchors(inside))
    return dead


def test_no_link_of_the_readme_is_dead() -> None:
    assert not dead_links(README.read_text(encoding="utf-8"), ROOT)


def test_the_examples_print_what_the_readme_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert doctest.testfile(str(README), module_relative=False, encoding="utf-8").failed == 0


def test_dead_links_and_anchors_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One thing\n", encoding="utf-8")
    text = """# Names & shapes: `trace`

[a](there.md) ![b](gone.png) [c](#names--shapes-trace) [d](#gone)
[e](there.md#one-thing) [f](there.md#two) <img src="gone.svg">
[g](https://example.org/gone) `[h](gone)`

```
# no heading
[i](gone)
```
"""
    assert dead_links(text, tmp_path) == ["gone.png", "#gone", "there.md#two", "gone.svg"]
    assert anchors(text) == {"names--shapes-trace"}
