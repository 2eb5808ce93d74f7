"""The controls: which encoder reads the sentence."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.frame.settings import DEFAULTS, DEPENDENT_NAMES, LINKED, current_weights, default_of, has_control, nearest
from pages.frame.weights_source import SOURCES

SIZES = {
    "layers": ("Layers", "how often attention and a feed-forward network rewrite every token’s vector."),
    "heads": ("Heads", "how many ways of looking each layer has side by side."),
    "d_model": ("d_model", "how many numbers stand for one token."),
}
CHOICES = {
    "positions": (
        "Positions",
        "How a token's place is added to its vector: a fixed pattern of sines and cosines, a table with one row of "
        "parameters per place, or not at all. Without it the encoder cannot tell the order of the words.",
    ),
    "norm": (
        "LayerNorm",
        "Where LayerNorm stands: after each sublayer was added (post), as in the paper of 2017, or before each "
        "sublayer reads (pre), as in most later networks.",
    ),
}
LABELS = {name: label for name, (label, _) in (SIZES | CHOICES).items()}
WEIGHTS_HELP = (
    "Where the network's parameters come from: trained ones have learned to guess hidden words of picture captions; "
    "random ones have learned nothing, and show what the architecture does by itself."
)
SEED = "Which random draw. The same seed always gives the same network."


def sidebar() -> DeltaGenerator:
    """Draw the controls but those of the sizes, and return the place of these. `current_settings` reads them all.

    What the sizes mean stands below them and not in their help: a help is drawn again with every move of its control.
    """
    with st.sidebar:
        st.segmented_control(
            "Weights",
            tuple(SOURCES),
            default=DEFAULTS.weights,
            required=True,
            key="weights",
            bind="query-params",
            on_change=_move_to_possible,
            help=WEIGHTS_HELP,
        )
        weights = current_weights()
        source = SOURCES[weights]
        place_of_sizes = st.container()
        meanings = "  \n".join(f"**{label}:** {meaning}" for label, meaning in SIZES.values())
        st.caption(f"{meanings}\n\n{source.fixed}")
        for name, (label, meaning) in CHOICES.items():
            if has_control(name, weights):
                st.segmented_control(
                    label,
                    source.words[name],
                    default=default_of(name, weights),
                    required=True,
                    key=name,
                    help=meaning,
                    bind="query-params",
                )
        seeds = source.numbers["seed"]
        if has_control("seed", weights):
            st.number_input(
                "Seed", seeds[0], seeds[-1], default_of("seed", weights), key="seed", help=SEED, bind="query-params"
            )
    return place_of_sizes


def size_controls() -> None:
    """Draw the controls that are moved most: how many layers and heads, and how wide."""
    weights = current_weights()
    for name, (label, _) in SIZES.items():
        if has_control(name, weights):
            # Not st.slider: when its range changes it forgets its value. The address is kept by `address_bar`.
            possible, linked = SOURCES[weights].numbers[name], st.session_state[LINKED].get(name)
            st.select_slider(label, possible, nearest(name, linked, weights), key=name, persist_state="session")


def _move_to_possible() -> None:
    """After a change of weights, move every setting that they cannot work with to the nearest one.

    If somebody chose it, say so; not of the seed, as trained weights are drawn from none. What was chosen is
    remembered, and comes back with weights that can work with it, unless the visitor chose again.
    """
    weights = current_weights()
    moved = st.session_state.setdefault("moved", {})
    lost = []
    for name in DEPENDENT_NAMES:
        default = getattr(DEFAULTS, name)
        before = st.session_state.get(name, default)
        chosen, moved_to = moved.pop(name, (before, before))
        if before != moved_to:
            chosen = before
        after = nearest(name, chosen, weights)
        if after != chosen:
            moved[name] = chosen, after
            if chosen != default and name in LABELS:
                lost.append(f"{LABELS[name]} {chosen} → {after}")
        if after != before:
            st.session_state[name] = after
    if lost:
        st.toast(f"The {weights} weights move {', '.join(lost)}.", icon=":material/info:")
