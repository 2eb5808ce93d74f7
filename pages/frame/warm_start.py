"""What a server process does once, before its first visitor waits for it."""

import gc

import streamlit as st
import torch

from pages.frame.forward_pass import tokenizer


@st.cache_resource(show_spinner=False, max_entries=1)
def warm_start() -> None:
    """Make every later change of a control fast.

    Small encoders run best on one thread. And torch brings some 300,000 long-lived objects, which Python's garbage
    collector would walk through again and again while nobody else can run; frozen, they are left alone.
    """
    torch.set_num_threads(1)
    tokenizer()
    gc.collect()
    gc.freeze()
