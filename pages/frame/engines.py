"""How well the encoder's engines agree on what is on the screen, measured once per forward pass."""

import streamlit as st

from encoder.analysis.engine_agreement import EngineAgreement, engine_agreement
from pages.frame.forward_pass import encoder_config, passes
from pages.frame.settings import Settings


@st.cache_data(max_entries=64, show_spinner="The other engines read the sentence …")
def engines_agreement(settings: Settings, token_ids: tuple[int, ...]) -> EngineAgreement:
    """Run the NumPy engine and torch's own encoder on these tokens, and compare both with the trace."""
    with passes().in_turn(encoder_config(settings)):
        return engine_agreement(passes().trace(settings, token_ids))
