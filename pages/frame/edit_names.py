"""What an edit does, said in words for the list on the screen: plain text, in which a token stands as it was typed."""

from collections.abc import Sequence

from encoder import RemoveEdge, ScaleFeedForward, ScaleHead, UniformHead
from pages.frame.planned_edits import Patch, PlannedEdit
from pages.frame.token_choice import token_name


def in_words(edit: PlannedEdit, tokens: Sequence[str], others: Sequence[str]) -> str:
    """Return the edit as a sentence without its full stop; tokens that are not there are named by number alone.

    >>> in_words(ScaleHead(1, 3, 0.0), (), ())
    'Layer 1, head 3: silenced'
    >>> in_words(RemoveEdge(1, 0, 1, 0), ("[CLS]", "dogs"), ())
    'Layer 1, head 0: “1 · dogs” no longer looks at “0 · [CLS]”; its other weights are renormalized'
    """
    match edit:
        case ScaleHead(layer, head, factor):
            return f"Layer {layer}, head {head}: {_scaled(factor, 'silenced')}"
        case UniformHead(layer, head):
            return f"Layer {layer}, head {head}: every token looks at all tokens alike"
        case ScaleFeedForward(layer, factor):
            return f"Layer {layer}, feed-forward network: {_scaled(factor, 'dropped')}"
        case RemoveEdge(layer, head, query, key, renormalize):
            rest = "are renormalized" if renormalize else "stay as they are"
            who, whom = _quoted(query, tokens), _quoted(key, tokens)
            return f"Layer {layer}, head {head}: {who} no longer looks at {whom}; its other weights {rest}"
        case Patch(path, None):
            return f"{path}: the whole tensor comes from the other sentence"
        case Patch(path, int(token), int(other_token)):
            there = _quoted(other_token, others)
            return f"{path}: {_quoted(token, tokens)} gets what {there} has in the other sentence"
        case _:
            raise AssertionError(edit)


def _quoted(place: int, tokens: Sequence[str]) -> str:
    return f"“{token_name(place, tokens)}”" if place < len(tokens) else token_name(place, tokens)


def _scaled(factor: float, nothing: str) -> str:
    return nothing if factor == 0 else f"times {factor:g}"
