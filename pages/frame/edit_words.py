"""The edits of a pass as one line of text, as it stands in a link: short words with numbers, between blanks.

    head.1.3*0                               layer 1, head 3: what it gathers times 0
    uniform.0.2                              layer 0, head 2: looks at all tokens alike
    ffn.2*0                                  layer 2: what the feed-forward network adds times 0
    edge.1.0.4-7                             layer 1, head 0: query 4 no longer looks at key 7, the rest is renormalized
    cut.1.0.4-7                              the same, but the rest stays as it is
    patch.layers.1.attention.value           the whole tensor from the other sentence
    patch.4-5.layers.1.attention.value       token 4 of it, from token 5 of the other sentence

All signs are ones that an address bar leaves as they are; it writes a blank as a plus.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from encoder import RemoveEdge, ScaleFeedForward, ScaleHead, UniformHead
from pages.frame.planned_edits import Patch, PlannedEdit

MOST_EDITS = 16
LONGEST_WORD = 96

_PLACE = r"(0|[1-9][0-9]{0,2})"
_FACTOR = r"([0-9.einf+a-]{1,24})"
_READERS: dict[re.Pattern[str], Callable[..., PlannedEdit]] = {
    re.compile(rf"head\.{_PLACE}\.{_PLACE}\*{_FACTOR}"): lambda layer, head, factor: ScaleHead(
        int(layer), int(head), float(factor)
    ),
    re.compile(rf"uniform\.{_PLACE}\.{_PLACE}"): lambda layer, head: UniformHead(int(layer), int(head)),
    re.compile(rf"ffn\.{_PLACE}\*{_FACTOR}"): lambda layer, factor: ScaleFeedForward(int(layer), float(factor)),
    re.compile(rf"(edge|cut)\.{_PLACE}\.{_PLACE}\.{_PLACE}-{_PLACE}"): lambda kind, layer, head, query, key: RemoveEdge(
        int(layer), int(head), int(query), int(key), renormalize=kind == "edge"
    ),
    re.compile(rf"patch\.{_PLACE}-{_PLACE}\.([a-z_][a-z0-9_.]{{0,59}})"): lambda token, other, path: Patch(
        path, int(token), int(other)
    ),
    re.compile(r"patch\.([a-z_][a-z0-9_.]{0,59})"): Patch,
}


@dataclass(frozen=True)
class Entry:
    """One word of the text: the edit that it stands for, and why it is left out if it is."""

    text: str
    edit: PlannedEdit | None
    problem: str = ""


def read_edits(text: str) -> tuple[Entry, ...]:
    """Read every word of the text; what is no edit, or one too many, comes with its problem. Never raises.

    >>> read_edits("uniform.0.2 nonsense")[0].edit
    UniformHead(layer=0, head=2)
    """
    words = text.split(maxsplit=MOST_EDITS)
    entries = tuple(_read(word) for word in words[:MOST_EDITS])
    too_many = tuple(
        Entry(_shortened(rest), None, f"At most {MOST_EDITS} edits are read.") for rest in words[MOST_EDITS:]
    )
    return entries + too_many


def without(text: str, place: int) -> str:
    """Return the text without the word of one entry.

    >>> without("uniform.0.2 nonsense ffn.2*0", 1)
    'uniform.0.2 ffn.2*0'
    """
    words = text.split(maxsplit=MOST_EDITS)
    return " ".join(words[:place] + words[place + 1 :])


def write_edit(edit: PlannedEdit) -> str:
    """Write one edit as its word; `read_edits` reads it back.

    >>> write_edit(ScaleHead(1, 3, 0.0)), write_edit(RemoveEdge(1, 0, 4, 7, renormalize=False))
    ('head.1.3*0', 'cut.1.0.4-7')
    """
    match edit:
        case ScaleHead(layer, head, factor):
            return f"head.{layer}.{head}*{_figure(factor)}"
        case UniformHead(layer, head):
            return f"uniform.{layer}.{head}"
        case ScaleFeedForward(layer, factor):
            return f"ffn.{layer}*{_figure(factor)}"
        case RemoveEdge(layer, head, query, key, renormalize):
            return f"{'edge' if renormalize else 'cut'}.{layer}.{head}.{query}-{key}"
        case Patch(path, None):
            return f"patch.{path}"
        case Patch(path, token, other_token):
            return f"patch.{token}-{other_token}.{path}"


def _read(word: str) -> Entry:
    for pattern, make in _READERS.items():
        found = pattern.fullmatch(word)
        if found:
            try:
                return Entry(word, make(*found.groups()))
            except ValueError:  # a factor that is no number
                break
    return Entry(_shortened(word), None, "This is no edit; see how edits are written.")


def _figure(factor: float) -> str:
    return repr(float(factor)).removesuffix(".0")


def _shortened(word: str) -> str:
    return word if len(word) <= LONGEST_WORD else f"{word[: LONGEST_WORD - 1]}…"
