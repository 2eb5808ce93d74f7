"""What a server process does once, before its first visitor waits for it."""

import gc
import sys

import streamlit as st
import torch

from pages.frame.forward_pass import tokenizer
from pages.frame.memory import keep_freed_memory

SECONDS_PER_TURN = 0.0005


@st.cache_resource(show_spinner=False, max_entries=1)
def warm_start() -> None:
    """Make every later change of a control fast.

    Small encoders run best on one thread. Memory that a pass frees is kept for the next. The visitors' threads take
    turns ten times as often as Python's usual 5 ms, since a script of a few milliseconds is followed by messages that
    a class of thirty waits for. And torch brings some 300,000 long-lived objects, which Python's garbage collector
    would walk through again and again while nobody else can run; frozen, they are left alone.
    """
    torch.set_num_threads(1)
    sys.setswitchinterval(SECONDS_PER_TURN)
    keep_freed_memory()
    tokenizer()
    gc.collect()
    gc.freeze()
