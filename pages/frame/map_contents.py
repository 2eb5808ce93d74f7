"""Everything that the encoder map shows of a forward pass, in the words of its view."""

from typing import Any

from pages.frame.cell_story import cell_story
from pages.frame.encoder_boxes import layer_outputs, stages
from pages.frame.forward_pass import ForwardPass, tokenizer
from pages.frame.map_choice import MapChoice
from pages.frame.once import once


def map_contents(opened: MapChoice, shown: ForwardPass) -> dict[str, Any]:
    """Return what the map is given besides the tokens, by the names of the view's arguments."""
    trace = shown.trace
    drawn = stages(trace, opened.layer, opened.head)
    has_words = any("vocab" in box.axes for stage in drawn for box in stage.boxes)
    return {
        "stages": drawn,
        "opened": opened,
        "layers": layer_outputs(trace),
        "heads": trace[f"layers.{opened.layer}.attention.weights"][0].numpy(),
        "story": cell_story(trace, opened.cell) if opened.cell else None,
        "vocabulary": _vocabulary() if has_words else (),
    }


@once
def _vocabulary() -> tuple[str, ...]:
    words = tokenizer()
    return tuple(words.piece(index) for index in range(words.vocab_size))
