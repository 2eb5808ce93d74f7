"""What every single head is worth, for the sentence on the screen or over many: measured by silencing it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from encoder.analysis import HeadEffects, MeanHeadEffects
from pages.frame import weights_source
from pages.frame.forward_pass import ForwardPass
from pages.frame.head_measurements import LONGEST_TEXT, captions_measurement, own_captions, sentence_measurement
from pages.frame.hidden_place import chosen_place
from pages.frame.measuring import progress
from pages.frame.trained_figures import head_effect_table

SENTENCE_HEADS, CAPTION_HEADS = "sentence_heads", "caption_heads"
LOG_PROBABILITY = (
    "What silencing the head adds to the log-probability of the true word, in nats. Below 0, the head had helped."
)


@dataclass(frozen=True, eq=False)
class HeadMap:
    """One number for each head [layer, head]: what it is about, what it means, and whether it can be negative."""

    name: str
    meaning: str
    values: np.ndarray
    is_signed: bool

    @property
    def layers(self) -> list[str]:
        """What to call each layer."""
        return [f"layer {layer}" for layer in range(self.values.shape[0])]

    @property
    def heads(self) -> list[str]:
        """What to call each head of a layer."""
        return [str(head) for head in range(self.values.shape[1])]

    @property
    def strongest(self) -> tuple[int, int]:
        """The layer and head with the largest effect, in whichever direction."""
        layer, head = np.unravel_index(int(np.abs(self.values).argmax()), self.values.shape)
        return int(layer), int(head)


def maps_of_sentence(shown: ForwardPass) -> list[HeadMap]:
    """Draw the controls of this sentence's measurement, and return its maps once there are any."""
    hidden = chosen_place(shown.encoding) if shown.trace.prediction is not None else None
    st.write("**For this sentence**")
    st.caption("Without the edits above." if hidden is None else "Without the edits above, and with the token hidden.")
    measured = progress(sentence_measurement(shown, hidden), "Silence each head in turn", "sentence", SENTENCE_HEADS)
    return [] if measured is None else _of_sentence(measured)


def maps_of_captions(shown: ForwardPass) -> list[HeadMap]:
    """Return the maps over captions: the shipped ones of this shape, or those that the visitor has measured.

    Draws what they were measured on, and the controls where there is something to measure.
    """
    shape = shown.settings.shape
    if shown.trace.prediction is None:
        return []
    st.write("**Over many captions**")
    table = head_effect_table(weights_source.NESTED_FOLDER)
    if table is not None and shape in table.effects:
        st.caption(f"Measured for this shape, {shape}, over captions that were not trained on ({table.text}).")
        return _of_captions(table.effects[shape])
    captions = table.captions if table is not None else ()
    if not captions:
        captions = own_captions(_own_text())
    if not captions:
        return []
    measured = progress(
        captions_measurement(shown, captions), f"Measure over {len(captions)} sentences", "batches", CAPTION_HEADS
    )
    return [] if measured is None else _of_captions(measured)


def _own_text() -> str:
    label = "Sentences to measure this shape on, one a line"
    return st.text_area(label, key="own_captions", max_chars=LONGEST_TEXT, persist_state="session")


def _of_sentence(effects: HeadEffects) -> list[HeadMap]:
    output = _output(effects.output_changes[..., 0].numpy(), "")
    if effects.targets is None:
        return [output]
    changes = effects.targets.log_probability_changes[..., 0].numpy()
    return [HeadMap("hidden word", LOG_PROBABILITY, changes, is_signed=True), output]


def _of_captions(effects: MeanHeadEffects) -> list[HeadMap]:
    output = _output(effects.output_changes.numpy(), f" Mean over {effects.n_sentences:,} captions.")
    if not effects.n_places:
        return [output]
    places, accuracy = f"{effects.n_places:,} hidden pieces", f"{effects.accuracy:.3f}"
    hits = f"What silencing the head adds to the share of {places} that are named rightly: {accuracy} with all heads. "
    hits += "Predict gives this shape's accuracy over a longer text."
    return [
        HeadMap(
            "hidden words", f"{LOG_PROBABILITY} Mean over {places}.", effects.log_probability_changes.numpy(), True
        ),
        HeadMap("accuracy", hits, effects.accuracy_changes.numpy(), True),
        output,
    ]


def _output(values: np.ndarray, whose: str) -> HeadMap:
    meaning = f"‖after − before‖ / ‖before‖ of the encoder's output when the head is silenced.{whose}"
    return HeadMap("output", meaning, values, is_signed=False)
